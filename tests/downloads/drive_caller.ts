/** A process that downloads one file of Drive, to be killed: `drive_caller.ts LINK FOLDER BASE_URL`. */

import { downloadDriveWithContext } from "../../lib/downloads/mod.ts";
import { sampleRow } from "./sample_row.ts";

const [link = "", downloadsDir = "", baseUrl = ""] = Deno.args;
await downloadDriveWithContext(link, sampleRow(), {
  downloadsDir,
  baseUrl: new URL(baseUrl),
  retryDelayMs: 1,
});
