/** Drive's web pages: what they say, and where they lead on. */

import type { DrivePageWords } from "../failures/mod.ts";
import type { HTMLElement } from "node-html-parser";
import { type DriveLink, findForm, itemAddress } from "./drive_link.ts";

/** A page, read. */
export interface DrivePage extends DrivePageWords {
  /** Where the button "Download anyway" leads; undefined when there is none. */
  confirmation: URL | undefined;
}

/** An entry of a folder. */
export interface FolderEntry {
  /** What it is; undefined when it is nothing that can be downloaded: a form, a drawing. */
  link: DriveLink | undefined;
  /** Where it leads. */
  url: string;
  /** Its name; null when the page has none. */
  name: string | null;
}

const captionClasses = [
  ".uc-error-caption",
  ".uc-error-subcaption",
  ".uc-warning-caption",
  ".uc-warning-subcaption",
];

/** Such links have no host, and meant this one's when they were in use (gdown's `download.py`). */
const linksBase = new URL("https://drive.google.com/");

/**
 * Reads a page that came in a file's place.
 *
 * Three forms of the page for files that are too large to be searched for viruses are known: a form
 * whose hidden fields make up the address (since 2024), a link to `/uc?export=download…&confirm=…`
 * before it, and the address in JSON. Sources: gdown's `download.py`, yt-dlp's
 * `extractor/googledrive.py`.
 */
export async function readDrivePage(html: string, url: URL): Promise<DrivePage> {
  const { parse } = await import("node-html-parser");
  const page = parse(html);
  const captions = captionClasses
    .flatMap((name) => page.querySelectorAll(name))
    .map((element) => element.text.trim())
    .filter((text) => text !== "");
  const form = page.querySelector("form#download-form, form#downloadForm");
  const action = form?.getAttribute("action");
  const fields = form?.querySelectorAll("input[type=hidden]").flatMap((input) => {
    const name = input.getAttribute("name");
    return name === undefined ? [] : [[name, input.getAttribute("value") ?? ""] as const];
  }) ?? [];
  const link = page.querySelectorAll("a[href]")
    .map((element) => element.getAttribute("href") ?? "")
    .find((href) => /\/uc\?export=download.*confirm=/.test(href));
  const [, inJson] = /"downloadUrl":\s*"([^"]+)"/.exec(html) ?? [];
  return {
    title: page.querySelector("title")?.text.trim() ?? "",
    captions: captions.join(" "),
    html,
    confirmation: action === undefined
      ? toUrl(link ?? unescapeJson(inJson), linksBase)
      : withFields(toUrl(action, url), fields),
  };
}

/**
 * Reads the entries of a folder's page (`embeddedfolderview`), in their order and each once;
 * undefined when the page is not one of a folder.
 */
export async function readFolderPage(
  html: string,
  url: URL,
): Promise<{ title: string; entries: FolderEntry[] } | undefined> {
  const { parse } = await import("node-html-parser");
  const page = parse(html);
  const entries = new Map<string, FolderEntry>();
  for (const anchor of page.querySelectorAll("a[href]")) {
    const link = linkOf(anchor, url);
    const address = link === undefined ? unknownAddress(anchor, url) : itemAddress(link);
    const key = link?.id ?? address;
    if (key === undefined || address === undefined || entries.has(key)) continue;
    const name = anchor.querySelector(".flip-entry-title")?.text.trim() ??
      anchor.closest(".flip-entry")?.querySelector(".flip-entry-title")?.text.trim();
    entries.set(key, { link, url: address, name: name || null });
  }
  const isFolder = entries.size > 0 || page.querySelector(".flip-entries, .flip-list") !== null;
  if (!isFolder) return undefined;
  return { title: page.querySelector("title")?.text.trim() ?? "", entries: [...entries.values()] };
}

function linkOf(anchor: HTMLElement, base: URL): DriveLink | undefined {
  const target = toUrl(anchor.getAttribute("href"), base);
  return target === undefined ? undefined : findForm(target);
}

/** An entry that leads to nothing known is one all the same; other links are the page's own. */
function unknownAddress(anchor: HTMLElement, base: URL): string | undefined {
  const others = anchor.closest(".flip-entry")?.querySelectorAll("a[href]");
  if (others === undefined || others.some((one) => linkOf(one, base) !== undefined)) {
    return undefined;
  }
  return toUrl(anchor.getAttribute("href"), base)?.href;
}

function withFields(
  action: URL | undefined,
  fields: readonly (readonly [name: string, value: string])[],
): URL | undefined {
  if (action === undefined) return undefined;
  const url = new URL(action);
  for (const [name, value] of fields) url.searchParams.set(name, value);
  return url;
}

function toUrl(href: string | undefined, base: URL): URL | undefined {
  return href !== undefined && URL.canParse(href, base) ? new URL(href, base) : undefined;
}

function unescapeJson(text: string | undefined): string | undefined {
  return text?.replace(
    /\\u([0-9a-f]{4})/gi,
    (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)),
  );
}
