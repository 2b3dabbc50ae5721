/** Applies two migrations to the database of its argument, and prints the result. */

import { DatabaseManager, migrate, parseConnectionString } from "../../lib/database/mod.ts";

const target = parseConnectionString(Deno.args[0] ?? "");
const sleep = target.dialect === "postgresql"
  ? "select pg_sleep(0.2)"
  : "waitfor delay '00:00:00.2'";
await using database = new DatabaseManager("x", { target });
const result = await migrate(database, "s", [
  { number: 1, name: "counted", sql: "create table counted (id int)" },
  { number: 2, name: "slow", sql: `insert into counted values (1); ${sleep}` },
]);
// deno-lint-ignore no-console -- the test reads it
console.log(JSON.stringify(result));
