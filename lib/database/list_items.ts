/** Lists of any length as one parameter, in both dialects. */

import type { Dialect } from "./connection_target.ts";

/** What a list holds. */
export type ListItem = "bigint" | "text";

/**
 * Writes a query that gives the items of a list parameter as the column `value`:
 *
 * ```ts ignore
 * import { listItems } from "./list_items.ts";
 *
 * const items = listItems(session.dialect, "$1", "bigint");
 * await session.query(`select * from "T" where "ID" in (${items})`, [ids]);
 * ```
 *
 * PostgreSQL takes the list as an array, SQL Server (2016 and later, compatibility level 130) as
 * JSON text, so its length has no limit, and the statement is the same for every length.
 */
export function listItems(dialect: Dialect, parameter: `$${number}`, item: ListItem): string {
  return dialect === "postgresql"
    ? `select unnest(${parameter}::${item}[]) as "value"`
    : `select "value" from openjson(${parameter}) with ("value" ${jsonTypes[item]} '$')`;
}

const jsonTypes: Record<ListItem, string> = { bigint: "bigint", text: "nvarchar(max)" };
