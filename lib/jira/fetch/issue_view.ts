/** Which part of an issue is asked for, and what follows from that. */

import { createHash } from "node:crypto";
import { ValidationError } from "../../core/mod.ts";

/** What an issue is asked with. */
export interface IssueView {
  /** Names of fields, as Jira's `fields` takes them: `summary`, `-comment`, `*all`, `*navigable`. */
  fields: readonly string[];
  /** What Jira's `expand` takes, such as `changelog`. */
  expand: readonly string[];
}

/** What is asked for when nothing is said: Jira's own default for a bulk fetch. */
const defaultFields = ["*navigable"];

/**
 * Makes a view of what a caller asked for, in one order, so that equal ones are the same.
 *
 * @throws ValidationError for an empty name or one with a comma
 */
export function issueView(
  fields: readonly string[] = [],
  expand: readonly string[] = [],
): IssueView {
  for (const name of [...fields, ...expand]) {
    if (name.trim() !== "" && !name.includes(",")) continue;
    throw new ValidationError(
      `Cannot fetch issues as a field or an expansion must be a name: it is ${
        JSON.stringify(name)
      }`,
    );
  }
  const sorted = (names: readonly string[]) =>
    [...new Set(names.map((name) => name.trim()))].sort();
  return { fields: sorted(fields.length === 0 ? defaultFields : fields), expand: sorted(expand) };
}

/**
 * Gives the cache's scope of a view: one word for site, login, fields and expansions, so that
 * neither another view nor what another person may see is served from it.
 */
export function viewScope(identity: string, { fields, expand }: IssueView): string {
  const seen = JSON.stringify([identity, fields, expand]);
  return createHash("sha256").update(seen).digest("hex").slice(0, 16);
}

/** Expansions and fields of many values that keep a bulk fetch at 100 issues. */
const costlyExpansions = new Set([
  "changelog",
  "editmeta",
  "operations",
  "renderedFields",
  "transitions",
  "versionedRepresentations",
]);
const costlyFields = new Set(["comment", "worklog", "attachment"]);

/**
 * Gives how many issues a bulk fetch of a view may ask for: 1000 with up to 100 named fields that
 * have one value each, else 100 (Jira Cloud REST API 3, "Bulk fetch issues"). A server that does
 * not know the larger number answers 400.
 */
export function bulkFetchLimit({ fields, expand }: IssueView): 100 | 1000 {
  const areNamed = fields.length <= 100 &&
    fields.every((name) => !/^[*-]/.test(name) && !costlyFields.has(name));
  return areNamed && !expand.some((name) => costlyExpansions.has(name)) ? 1000 : 100;
}
