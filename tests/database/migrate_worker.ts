/** Applies two migrations to the database of its argument, and prints the result. */

import { DatabaseManager, migrate, parseConnectionString } from "../../lib/database/mod.ts";

await using database = new DatabaseManager("x", {
  target: parseConnectionString(Deno.args[0] ?? ""),
});
const result = await migrate(database, "s", [
  { number: 1, name: "counted", sql: "create table counted (id int)" },
  { number: 2, name: "slow", sql: "insert into counted values (1); select pg_sleep(0.2)" },
]);
// deno-lint-ignore no-console -- the test reads it
console.log(JSON.stringify(result));
