/** Connects to the host of its argument without the permission to, and prints the error. */

import { OpsdeckError } from "../../lib/core/mod.ts";
import { openDriver, parseConnectionString } from "../../lib/database/mod.ts";

const target = parseConnectionString(`mssql://ada:pw@${Deno.args[0]}:1/app`);
await using driver = await openDriver(target);
try {
  await driver.query("select 1");
} catch (error) {
  if (!(error instanceof OpsdeckError)) throw error;
  // deno-lint-ignore no-console -- the test reads it
  console.log(JSON.stringify([error.code, error.message]));
}
