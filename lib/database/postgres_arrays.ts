/**
 * Arrays in PostgreSQL's text form, `{1,2,null}`: https://www.postgresql.org/docs/18/arrays.html#ARRAYS-IO
 * The driver could learn these from the catalog, but asks on every connection, and an answer that
 * does not come ends the process.
 */

import { ValidationError } from "../core/mod.ts";

/** An array as it comes and goes; its items may be arrays. */
export type ArrayItem<T> = T | null | ArrayItem<T>[];

/**
 * Writes a list in the text form; `write` gives one item's text.
 *
 * @throws ValidationError when an item is undefined.
 */
export function formatArray(items: readonly unknown[], write: (item: unknown) => string): string {
  const texts = items.map((item) => {
    if (item === null) return "null";
    if (item === undefined) {
      throw new ValidationError(
        "Cannot run the query as an item of a list is undefined; pass null for no value",
      );
    }
    // A number needs no quotes in a list of any type, and lists of ids are long.
    if (Number.isFinite(item)) return write(item);
    if (Array.isArray(item)) return formatArray(item, write);
    return `"${write(item).replace(/["\\]/g, "\\$&")}"`;
  });
  return `{${texts.join(",")}}`;
}

/** Reads the text form; `read` turns one item's text into its value. */
export function parseArray<T>(text: string, read: (item: string) => T): ArrayItem<T>[] {
  // `[0:1]={…}` tells the subscripts when they do not start at 1.
  let at = text.indexOf("{");
  const parseList = (): ArrayItem<T>[] => {
    const items: ArrayItem<T>[] = [];
    at += 1;
    while (at < text.length && text[at] !== "}") {
      if (text[at] === ",") at += 1;
      if (text[at] === "{") items.push(parseList());
      else if (text[at] === '"') items.push(read(parseQuoted()));
      else items.push(parseBare());
    }
    at += 1;
    return items;
  };
  const parseQuoted = (): string => {
    let item = "";
    at += 1;
    while (at < text.length && text[at] !== '"') {
      if (text[at] === "\\") at += 1;
      item += text[at] ?? "";
      at += 1;
    }
    at += 1;
    return item;
  };
  const parseBare = (): T | null => {
    const start = at;
    while (at < text.length && text[at] !== "," && text[at] !== "}") at += 1;
    const item = text.slice(start, at);
    return item.toUpperCase() === "NULL" ? null : read(item);
  };
  return parseList();
}
