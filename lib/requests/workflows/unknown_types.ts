/** The names of types that a workflow is told: none, and misspelt ones most of all. */

import { ValidationError } from "../../core/mod.ts";
import { type DatabaseSession, listItems, retryRead } from "../../database/mod.ts";
import { prefixPattern } from "../like_pattern.ts";

/**
 * Gives those of the names that no type's name begins with, whatever the case.
 *
 * @throws ValidationError when that is so of all of them.
 */
export async function findUnknownTypes(
  session: DatabaseSession,
  typeNames: readonly string[],
  options: { signal?: AbortSignal | undefined } = {},
): Promise<string[]> {
  const names = [...new Set(typeNames)];
  const statement = `
select p."value" as "pattern"
from (${listItems(session.dialect, "$1", "text")}) p
where not exists (
  select 1 from "DataRequestType" t where lower(t."Name") like lower(p."value") escape '\\'
)`;
  const rows = await retryRead(
    () => session.query<{ pattern: string }>(statement, [names.map(prefixPattern)], options),
    options,
  );
  const unknown = new Set(rows.map(({ pattern }) => pattern));
  const found = names.filter((name) => unknown.has(prefixPattern(name)));
  if (found.length < names.length || names.length === 0) return found;
  throw new ValidationError(
    `Cannot find requests as the name of no type begins with ${names.join(", ")}; ` +
      "look at the names with: find-requests --list-types",
  );
}

/**
 * Checks that types are named; `what` says what is to be done: `refresh districts`.
 *
 * @throws ValidationError when none is, or a name is blank.
 */
export function checkTypeNames(what: string, typeNames: readonly string[]): void {
  if (typeNames.length > 0 && typeNames.every((name) => name.trim() !== "")) return;
  throw new ValidationError(
    `Cannot ${what} as no type is named, or one has no name; ` +
      "name what the types begin with, such as SAT",
  );
}

/** Says it behind a message; nothing when there is none. */
export function unknownTypesNote(unknown: readonly string[]): string {
  return unknown.length === 0 ? "" : `; no type begins with ${unknown.join(", ")}`;
}
