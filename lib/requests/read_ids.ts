/** Ids as they are given to a script: as arguments, in a file, or on standard input. */

import { resolveCallerPath, toFileError, ValidationError } from "../core/mod.ts";

const maxBytes = 64 * 1024 * 1024;

/**
 * Reads ids from arguments and from a file, in this order; `-`, as an argument or as the file, is
 * standard input. In a file they are separated by white space or commas, and what follows a `#` on
 * its line is left out.
 *
 * @param what names one of them in errors, such as `request id`
 * @throws ValidationError when there is none, or one is no whole number from 1 on.
 * @throws FileOperationError when the file cannot be read.
 */
export async function readIds(
  words: readonly string[],
  file: string | undefined,
  what: string,
): Promise<number[]> {
  const texts: string[][] = [];
  let isStdinRead = false;
  for (const word of [...words, ...file === undefined ? [] : [{ path: file }]]) {
    if (typeof word === "string" && word !== "-") {
      texts.push([word]);
    } else if (typeof word === "object" && word.path !== "-") {
      texts.push(wordsOf(await readFile(word.path)));
    } else if (!isStdinRead) {
      isStdinRead = true;
      texts.push(wordsOf(await new Response(Deno.stdin.readable).text()));
    }
  }
  const all = texts.flat();
  if (all.length > 0) return parseIds(all, what);
  throw new ValidationError(
    `Cannot begin as no ${what} is given; give them as arguments, by --file FILE, or with - on ` +
      "standard input",
    { code: "USAGE" },
  );
}

/**
 * Reads ids from words; a word may hold several, separated by commas.
 *
 * @throws ValidationError when one is no whole number from 1 on; it names the first few such.
 */
export function parseIds(words: readonly string[], what: string): number[] {
  const texts = words.flatMap((word) => word.split(",")).map((text) => text.trim())
    .filter((text) => text !== "");
  const wrong = texts.filter((text) => !/^\d{1,16}$/.test(text) || !isId(Number(text)));
  if (wrong.length === 0) return texts.map(Number);
  const shown = wrong.slice(0, 3).map((text) => JSON.stringify(text.slice(0, 50))).join(", ");
  throw new ValidationError(
    `Cannot use ${shown}${wrong.length > 3 ? ` and ${wrong.length - 3} more` : ""} as a ${what} ` +
      "must be a whole number, 1 or more; correct the list",
    { code: "USAGE" },
  );
}

function isId(number: number): boolean {
  return Number.isSafeInteger(number) && number >= 1;
}

function wordsOf(text: string): string[] {
  return text.replace(/^\ufeff/, "").split(/\r?\n/)
    .flatMap((line) => line.replace(/#.*/, "").split(/[\s,]+/))
    .filter((word) => word !== "");
}

async function readFile(file: string): Promise<string> {
  const path = resolveCallerPath(file);
  try {
    const { size } = await Deno.stat(path);
    if (size > maxBytes) throw new Error(`it has ${size} bytes, more than ${maxBytes}`);
    return await Deno.readTextFile(path);
  } catch (error) {
    throw toFileError(error, "read", path);
  }
}
