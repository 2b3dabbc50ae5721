/** Connects without the permission to, and prints the error's code and message. */

import { OpsdeckError } from "../../lib/core/mod.ts";
import { openDriver, parseConnectionString } from "../../lib/database/mod.ts";

await using driver = await openDriver(parseConnectionString("postgres://ada:pw@localhost:1/app"));
try {
  await driver.query("select 1");
} catch (error) {
  if (!(error instanceof OpsdeckError)) throw error;
  // deno-lint-ignore no-console -- the test reads it
  console.log(JSON.stringify([error.code, error.message]));
}
