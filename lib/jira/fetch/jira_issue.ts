/** Issues as Jira answers them, and the names by which they are asked for. */

/** An issue. What Jira says of it beside this, by `expand` and `properties`, is there as it came. */
export interface JiraIssue {
  /** Its number, as text. */
  id: string;
  /** Its key, such as `PROJ-1`; another than was asked for when it was moved. */
  key: string;
  /** Its address in the API. */
  self?: string;
  /** The fields that were asked for, by their names or ids. */
  fields?: Record<string, unknown>;
  /** With `expand=changelog`, its history. */
  changelog?: unknown;
  /** With `expand=renderedFields`, its fields as HTML. */
  renderedFields?: Record<string, unknown>;
}

/** An issue, or why there is none (reference: jira, batch_fetch_issues). */
export type IssueResult = JiraIssue | {
  /** Why there is no issue, on one line. */
  error: string;
};

/** Tells an issue from the reason why there is none. */
export function isIssue(result: IssueResult): result is JiraIssue {
  return isJiraIssue(result);
}

/** Gives an answer's list of issues, without what is none. */
export function readIssues(data: unknown): JiraIssue[] {
  const list: unknown = field(data, "issues");
  return Array.isArray(list) ? list.filter(isJiraIssue) : [];
}

/** Tells whether a value has the names of an issue. */
export function isJiraIssue(value: unknown): value is JiraIssue {
  return typeof field(value, "id") === "string" && typeof field(value, "key") === "string";
}

/** Gives a field of a JSON object; undefined when there is none. */
export function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

/**
 * Gives the one form of a name: a key in capitals, or a number without leading zeros; undefined when
 * it is neither.
 */
export function issueName(text: string): string | undefined {
  const trimmed = text.trim();
  if (/^\d{1,18}$/.test(trimmed)) return trimmed.replace(/^0+(?=\d)/, "");
  return /^[A-Za-z]\w*-\d{1,18}$/.test(trimmed) ? trimmed.toUpperCase() : undefined;
}

/** Gives the project of a key; undefined for a number. */
export function projectOf(name: string): string | undefined {
  return /^(.+)-\d+$/.exec(name)?.[1];
}
