/** The whole table with csv-parse and csv-stringify. */

import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import { runWholeTable } from "../systems/whole_table.ts";

await runWholeTable({ parse: (text) => parse(text), stringify: (rows) => stringify(rows) });
