/** Names that a server gives are the server's, and may be meant to harm. */

/** Why a name is not taken. */
export type NameProblem =
  | "is empty"
  | "leads out of its folder"
  | "contains a path separator"
  | "contains a control character"
  | "is not valid UTF-8"
  | "is longer than 255 bytes";

/**
 * Looks at one segment of a path that a server gave, and gives what is wrong with it as the name of
 * a local file; undefined when nothing is.
 *
 * Undecodable bytes have become U+FFFD by now, under which name the server does not find the file.
 * The invisible marks that turn the direction of writing count as control characters: they make
 * `gpj.exe` look like `exe.jpg` (Unicode Technical Report 36 §3).
 */
export function remoteNameProblem(name: string): NameProblem | undefined {
  if (name === "") return "is empty";
  if (name === "." || name === "..") return "leads out of its folder";
  if (/[/\\]/.test(name)) return "contains a path separator";
  if (controlCharacters.test(name)) return "contains a control character";
  if (name.includes("\uFFFD") || !name.isWellFormed()) return "is not valid UTF-8";
  if (new TextEncoder().encode(name).length > 255) return "is longer than 255 bytes";
  return undefined;
}

/** Puts a path into quotes for a message or a terminal, with control characters made visible. */
export function quoteName(path: string): string {
  const visible = path.replace(
    new RegExp(controlCharacters, "g"),
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `'${visible}'`;
}

// deno-lint-ignore no-control-regex -- finding them is the purpose
const controlCharacters = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
