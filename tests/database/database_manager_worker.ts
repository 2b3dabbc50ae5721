/** Opens rpa_db as it is configured, and prints its name and what was told, or the error. */

import { OpsdeckError } from "../../lib/core/mod.ts";
import { DatabaseManager } from "../../lib/database/mod.ts";

const told: string[] = [];
await using database = new DatabaseManager("rpa_db", { notice: (message) => told.push(message) });
try {
  const rows = await database.query("select current_database() as name");
  await database.query("select 1");
  print({ rows, told });
} catch (error) {
  if (!(error instanceof OpsdeckError)) throw error;
  print({ error: error.message });
}

function print(answer: unknown): void {
  // deno-lint-ignore no-console -- the test reads it
  console.log(JSON.stringify(answer));
}
