/** The one door to stdout and stderr: whole writes, in order, with the progress line kept apart. */

const encoder = new TextEncoder();
const clearLine = "\r\x1b[K";

let statusLine = "";

/** Thrown when the reader of stdout has gone (`| head -1`); the script then ends quietly. */
export class StdoutClosedError extends Error {
  override readonly name = "StdoutClosedError";
}

/**
 * Writes text to stdout, all of it, before it returns.
 *
 * @throws StdoutClosedError when nobody reads stdout any more.
 */
export function writeStdout(text: string): void {
  if (statusLine !== "") writeAll(Deno.stderr, clearLine);
  try {
    writeAll(Deno.stdout, text);
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) throw new StdoutClosedError();
    throw error;
  }
  if (statusLine !== "") writeAll(Deno.stderr, statusLine);
}

/** Writes text to stderr, above the status line if there is one. A closed stderr is ignored. */
export function writeStderr(text: string): void {
  const framed = statusLine === "" ? text : `${clearLine}${text}${statusLine}`;
  try {
    writeAll(Deno.stderr, framed);
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/** Shows a line that stays at the bottom of the terminal; an empty text takes it away. */
export function setStatusLine(text: string): void {
  if (text === statusLine) return;
  statusLine = "";
  writeStderr(clearLine + text);
  statusLine = text;
}

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let rest = encoder.encode(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(stream.writeSync(rest));
    } catch (error) {
      // A terminal or pipe that another program set to non-blocking: try until it has room.
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
    }
  }
}
