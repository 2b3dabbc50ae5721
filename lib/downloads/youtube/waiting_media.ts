/** The items of a playlist that wait for their turn. */

import { ValidationError } from "../../core/mod.ts";
import type { Item } from "../row_item.ts";
import { plainAddress } from "./media_address.ts";
import type { MediaAddress, MediaInfo } from "./media_info.ts";

/** Playlists of playlists are followed so deep; channels have two levels. */
const maxDepth = 3;

/** Something that waits to be downloaded; undefined is an entry that yt-dlp could not read. */
export interface Waiting {
  /** What is known of it. */
  media: MediaAddress | MediaInfo | undefined;
  /** The address of the page that it was found on. */
  page: string;
  /** Its place on that page, from 1. */
  position: number;
  /** How many playlists it lies in. */
  depth: number;
}

/**
 * Gives the entries of a playlist, which wait.
 *
 * @throws ValidationError when it lies too deep
 */
export function entriesOf(
  playlist: MediaInfo & { kind: "playlist" },
  url: string,
  depth: number,
): Waiting[] {
  if (depth <= maxDepth) {
    return playlist.entries.map((media, index) => ({
      media,
      page: url,
      position: index + 1,
      depth,
    }));
  }
  throw new ValidationError(
    `Cannot download ${url} as it lies ${depth} playlists deep; take its own address instead`,
    { code: "NO_ITEMS", context: { url } },
  );
}

/**
 * Gives what is known of an item. A video that a page describes without an address of its own is
 * known by its id on that page.
 */
export function itemOf({ media, page, position }: Waiting): Item {
  if (media === undefined) return { url: `${page}#entry-${position}`, mediaId: null, title: null };
  if (media.kind === "address") {
    return { url: plainAddress(media.url), mediaId: null, title: media.title };
  }
  return {
    url: `${page}#${media.id ?? `entry-${position}`}`,
    mediaId: media.id,
    title: media.title,
  };
}
