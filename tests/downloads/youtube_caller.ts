/**
 * A process that downloads one address to be stopped by tests in every way:
 * `youtube_caller.ts URL FOLDER [OPTIONS as JSON]`. `exit` on stdin ends it by `Deno.exit()`.
 */

import { downloadYoutubeWithContext } from "../../lib/downloads/mod.ts";
import { sampleRow } from "./sample_row.ts";

async function exitWhenTold(): Promise<void> {
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    if (text.includes("exit")) Deno.exit(7);
  }
}

exitWhenTold();
const [url = "", folder = "", options = "{}"] = Deno.args;
await downloadYoutubeWithContext(url, sampleRow(), {
  downloadsDir: folder,
  ...JSON.parse(options),
});
Deno.exit(0);
