/**
 * The least that a Deno script with arguments can be that reads a row of a SQLite file; the whole
 * of `jira-batch cache get` is held to it. Arguments: the file and a key.
 */

import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";

const { positionals: [path = "", key = ""] } = parseArgs({ allowPositionals: true });
const database = new DatabaseSync(path, { timeout: 5000 });
const row = database.prepare("select value from entry where category = 'issue' and key = ?").get(
  key,
);
Deno.stdout.writeSync(new TextEncoder().encode(`${row?.["value"]}\n`));
database.close();
