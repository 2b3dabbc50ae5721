/** A delaying proxy in a process of its own: `proxy_process.ts PORT DELAY_MS`. Ends with its input. */

import { startSlowLine } from "../../support/slow_line.ts";

await using line = startSlowLine(Number(Deno.args[0]), Number(Deno.args[1]));
await Deno.stdout.write(new TextEncoder().encode(`${line.port}\n`));
for await (const _ of Deno.stdin.readable);
