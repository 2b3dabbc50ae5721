/** Text of others, made safe for a terminal and a log. */

/** Makes a text safe for one line of a terminal: control characters become blanks. */
export function singleLine(text: string): string {
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ");
}
