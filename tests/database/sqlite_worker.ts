/**
 * Opens SQLite files, and says whether it could, or why not. A line on stdin names a time in Unix
 * milliseconds and a path, so that several of these meet as closely as they can.
 */

import { TextLineStream } from "@std/streams/text-line-stream";
import { openSqlite } from "../../lib/database/mod.ts";

// Loaded before the first line, so that opening takes no longer the first time.
await import("node:sqlite");
say("ready");
const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream())
  .pipeThrough(new TextLineStream());
for await (const line of lines) {
  const [, time, path = ""] = /^(\d+) (.*)$/.exec(line) ?? [];
  while (Date.now() < Number(time));
  try {
    using database = await openSqlite(path);
    database.exec("create table if not exists t (a integer)");
    say("opened");
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  }
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}
