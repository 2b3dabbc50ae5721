/** An item of a row on its way from an address to files. */

/** An item of a row: the one thing at its address, or one of a playlist or folder. */
export interface Item {
  /** Its address. */
  url: string;
  /** The video's or file's id; null when it is not known. */
  mediaId: string | null;
  /** Its title or name; null when it is not known. */
  title: string | null;
}

/** A finished file of an item, not published yet. */
export interface FinishedFile {
  /** Its path, in the attempt's folder. */
  path: string;
  /** The name to publish it under, without the row's suffix. */
  stem: string;
  /** What follows the stem and is never cut off: what tells files of one title apart. */
  mark: string;
  /** The extension with its dot; may be empty. */
  extension: string;
  /** Whether its source says that it is empty. Defaults to false: then an empty file is a failure. */
  isEmptyAtSource?: boolean;
  /** What is known of it, for its metadata file. */
  details: Record<string, unknown>;
}

/** What an item turned out to be. */
export interface FinishedItem extends Pick<Item, "mediaId" | "title"> {
  /** Its files, at least one. */
  files: readonly FinishedFile[];
}
