/** Which issues a job is about: keys from its arguments, from a file, or from a query. */

import { resolveCallerPath, toFileError, ValidationError } from "../../core/mod.ts";
import type { JiraClient } from "../client/jira_client.ts";
import { searchIssues } from "../search/search_issues.ts";

/** Where keys come from; one of the three. */
export interface KeySource {
  /** Keys themselves. */
  keys: readonly string[];
  /** A file of keys; `-` is standard input. */
  file?: string | undefined;
  /** A query that finds them. */
  jql?: string | undefined;
}

/** So many keys are worked on together: enough for the parallel calls, and little memory. */
const keysAtOnce = 10_000;

/**
 * Checks that there is one source.
 *
 * @throws ValidationError when there is none, or more than one
 */
export function checkKeySource({ keys, file, jql }: KeySource): void {
  const given = [keys.length > 0, file !== undefined, jql !== undefined].filter((is) => is).length;
  if (given === 1) return;
  const what = given === 0
    ? "nothing says which issues"
    : "keys, --file and --jql exclude each other";
  throw new ValidationError(`${what}; give keys, --file or --jql`, { code: "USAGE" });
}

/** Gives the keys in portions. */
export async function* readKeys(
  client: JiraClient,
  source: KeySource,
  options: { limit?: number | undefined; signal?: AbortSignal | undefined },
): AsyncGenerator<string[], void, undefined> {
  const { limit = Infinity, signal } = options;
  if (source.jql !== undefined) {
    const fields = ["id", "key"];
    const pages = searchIssues(client, source.jql, { limit: options.limit, signal, fields });
    for await (const page of pages) yield page.map(({ key }) => key);
    return;
  }
  const all = source.file === undefined ? source.keys : parseKeys(await readText(source.file));
  const keys = [...new Set(all)].slice(0, limit);
  for (let at = 0; at < keys.length; at += keysAtOnce) yield keys.slice(at, at + keysAtOnce);
}

/** Reads a file that the caller named, or standard input for `-`. */
export async function readText(file: string): Promise<string> {
  if (file === "-") return await new Response(Deno.stdin.readable).text();
  const path = resolveCallerPath(file);
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    throw toFileError(error, "read", path);
  }
}

/** Keys separated by line ends, blanks or commas; the rest of a line after `#` is a remark. */
export function parseKeys(text: string): string[] {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/).map((line) => line.replace(/#.*$/, ""));
  return lines.flatMap((line) => line.split(/[\s,;]+/)).filter((key) => key !== "");
}
