/** Adds one to the number in a file, many times, each time under the file's lock. */

import { acquireFileLock, writeFileAtomic } from "../../../lib/core/durable_files/mod.ts";

const [path = "", times = "0", removeOnRelease = "false"] = Deno.args;
for (let i = 0; i < Number(times); i++) {
  using _lock = await acquireFileLock(path, { removeOnRelease: removeOnRelease === "true" });
  const before = Number(await Deno.readTextFile(path));
  await writeFileAtomic(path, String(before + 1));
}
