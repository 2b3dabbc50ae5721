/** Replaces a file again and again, by a megabyte of one letter each time. */

import { writeFileAtomic } from "../../../lib/core/durable_files/mod.ts";

const [path = ""] = Deno.args;
for (let round = 0;; round++) {
  await writeFileAtomic(path, (round % 2 === 0 ? "a" : "b").repeat(1_000_000));
  Deno.stdout.writeSync(new TextEncoder().encode(`${round}\n`));
}
