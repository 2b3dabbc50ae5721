/** The whole table with @std/csv. */

import { parse, stringify } from "@std/csv";
import { runWholeTable } from "./whole_table.ts";

await runWholeTable({ parse: (text) => parse(text), stringify: (rows) => stringify(rows) });
