/** Appends numbers to a journal from several callers at once and prints each that is durable. */

import { Journal } from "../../../lib/core/durable_files/mod.ts";

const [path = ""] = Deno.args;
const journal = await Journal.open(path, Number);
let next = journal.entries().length;

async function appendOn(): Promise<never> {
  for (;;) {
    const number = next++;
    await journal.append(number);
    Deno.stdout.writeSync(new TextEncoder().encode(`${number}\n`));
    if (number % 50 === 49) {
      await journal.rewrite(journal.entries());
    }
  }
}

await Promise.all([appendOn(), appendOn(), appendOn()]);
