/** Asks the server of its argument, prints the answer, and closes nothing. */

import { openDriver, parseConnectionString } from "../../lib/database/mod.ts";

const driver = await openDriver(parseConnectionString(Deno.args[0] ?? ""));
await driver.transaction((session) => session.query("waitfor delay '00:00:00.1'"));
// deno-lint-ignore no-console -- the test reads it
console.log(JSON.stringify(await driver.query("select 1 as one")));
