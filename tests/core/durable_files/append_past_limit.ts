/** Appends longer and longer entries until the file may not grow; then a short one that fits. */

import { FileOperationError } from "../../../lib/core/mod.ts";
import { Journal } from "../../../lib/core/durable_files/mod.ts";

const [path = ""] = Deno.args;
await using journal = await Journal.open(path, String);
for (let number = 1000;; number++) {
  try {
    await journal.append(`${number}${"x".repeat(1000)}`);
    print(number);
  } catch (error) {
    if (!(error instanceof FileOperationError)) throw error;
    break;
  }
}
await journal.append("9999");
print(9999);

function print(number: number): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${number}\n`));
}
