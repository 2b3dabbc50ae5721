/** Takes a file's lock, says so and keeps it until it is killed. */

import { acquireFileLock } from "../../../lib/core/durable_files/mod.ts";

const [path = ""] = Deno.args;
using _lock = await acquireFileLock(path);
Deno.stdout.writeSync(new TextEncoder().encode("locked\n"));
await new Promise<never>(() => setInterval(() => {}, 60_000));
