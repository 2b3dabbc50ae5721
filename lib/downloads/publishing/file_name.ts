/** Names for files whose titles come from strangers. */

const maxNameBytes = 255;
/** Room for `.metadata.json`, and for ` (99)` where a name is taken. */
const reservedBytes = 20;
const fallbackTitle = "untitled";

/** A file's name, taken apart. */
export interface FileNameParts {
  /** Everything before the extension. */
  stem: string;
  /** The extension with its dot, such as `.pdf` or `.tar.gz`; empty when there is none. */
  extension: string;
}

/** What {@link publishedName} makes a name of. */
export interface PublishedNameParts extends FileNameParts {
  /** What is never cut off: what tells files apart, `RowContext.toFilenameSuffix()` last. */
  suffix: string;
}

/**
 * Makes a text fit to be part of a file's name on any system.
 *
 * What separates folders, what shells and other systems give a meaning, commas (they separate names
 * in the CSV) and every control, formatting or invisible character goes; leading and trailing dots
 * and blanks too. Nothing left is `untitled`. The length is not limited.
 */
export function safeTitle(title: string): string {
  const cleaned = title
    .toWellFormed()
    .normalize("NFC")
    .replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/[/\\:*?"<>|,;]+/g, "_")
    .replace(/\s+/g, " ")
    .replace(/^[.\s]+|[.\s]+$/g, "");
  return cleaned === "" ? fallbackTitle : cleaned;
}

/** Takes a name apart; what stands behind its last dot is an extension only if it looks like one. */
export function splitFileName(name: string): FileNameParts {
  const [extension = ""] = /(\.tar)?\.[A-Za-z0-9]{1,10}$/.exec(name) ?? [];
  if (extension === "" || extension.length === name.length) return { stem: name, extension: "" };
  return { stem: name.slice(0, -extension.length), extension };
}

/**
 * Gives the name under which a file of a row is published: `<stem><suffix><extension>`, with
 * ` (2)` and so on before the extension from the second place on.
 *
 * It is safe as {@link safeTitle} makes it, and short enough for its metadata file beside it: the
 * stem is cut, at a whole character.
 */
export function publishedName(parts: PublishedNameParts, place: number = 1): string {
  const { stem, suffix, extension } = parts;
  const ending = `${suffix}${place > 1 ? ` (${place})` : ""}${extension}`;
  const budget = maxNameBytes - reservedBytes - byteLength(ending);
  return `${cutToBytes(safeTitle(stem), Math.max(budget, 1))}${ending}`;
}

function cutToBytes(text: string, maxBytes: number): string {
  let bytes = 0;
  let cut = "";
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    bytes += byteLength(segment);
    if (bytes > maxBytes) break;
    cut += segment;
  }
  return cut.trimEnd();
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
