/** The server's log: its last words for an error, and its size. */

const maxLogBytes = 5_000_000;
const tailBytes = 8_000;

/** Gives the size of a log in bytes; 0 when there is none. */
export async function logSize(log: string): Promise<number> {
  try {
    return (await Deno.stat(log)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

/** Puts a log that has grown past 5 MB aside as `<log>.old`, so that at most two are kept. */
export async function rotateLog(log: string): Promise<void> {
  if (await logSize(log) > maxLogBytes) await Deno.rename(log, `${log}.old`);
}

/**
 * Gives what the server said last, past the first `fromByte` bytes, in one line: its errors and
 * hints, or else its last three lines.
 */
export async function readLogTail(log: string, fromByte: number): Promise<string> {
  const start = Math.max(fromByte, await logSize(log) - tailBytes);
  using file = await Deno.open(log);
  await file.seek(start, Deno.SeekMode.Start);
  const text = await new Response(file.readable).text();
  return lastWords(text);
}

// The cause of a FATAL line is often named by a LOG line before it.
const graveLine =
  /^(ERROR|FATAL|PANIC|HINT|DETAIL):|^LOG: (could not|invalid|syntax error|parameter)/;

/** Picks the lines of {@link readLogTail} from a log's text. */
export function lastWords(text: string): string {
  const lines = text.split("\n").map(withoutPrefix).filter((line) => line !== "");
  const grave = lines.filter((line) => graveLine.test(line));
  return (grave.length > 0 ? grave : lines).slice(-3).join("; ");
}

// "2026-11-21 01:52:34.043 UTC [4827] FATAL:  could not …" is the default log_line_prefix.
function withoutPrefix(line: string): string {
  return line.replace(/^\d{4}-\S+ \S+ \S+ \[\d+\] /, "").replace(/:\s+/, ": ").trim();
}
