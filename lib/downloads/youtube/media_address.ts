/** The address of a video, as it stands in the CSV. */

import { ValidationError } from "../../core/mod.ts";

/** What yt-dlp adds to the addresses of some entries for its own use. */
const smuggled = /#__youtubedl_smuggle=.*$/;

/** Gives an address as it may be shown: without a user and password in it. */
export function shownAddress(address: string): string {
  return address.replace(/^([a-z][a-z0-9+.-]*:)?\/\/[^/?#]*@/i, "$1//");
}

/**
 * Checks an address before a program gets it, and gives it without blanks around it.
 *
 * @throws ValidationError when it is not a whole http or https address, or carries a password,
 * which every user of this machine would see in the list of processes
 */
export function checkMediaAddress(address: string): string {
  const trimmed = address.trim();
  const url = URL.canParse(trimmed) ? new URL(trimmed) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || /[\s\p{C}]/u.test(trimmed)) {
    throw new ValidationError(
      `Cannot download "${
        shownAddress(trimmed).slice(0, 200)
      }" as it must be an http or https address; ` +
        "correct it in the CSV",
      { code: "UNSUPPORTED_URL" },
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new ValidationError(
      `Cannot download from ${url.host} as the address carries a user or password, which others ` +
        "would see; take it out",
      { code: "UNSUPPORTED_URL" },
    );
  }
  return trimmed;
}

/** Gives an entry's address without what yt-dlp has added to it: it may change with every run. */
export function plainAddress(address: string): string {
  return address.replace(smuggled, "");
}
