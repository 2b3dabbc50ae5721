/** The issues of the server: made from their number when they are asked for. */

/** What issues there are. */
export interface JiraDataOptions {
  /** Issues `PROJ-1` to `PROJ-<issues>`, with ids from 10001 on. Defaults to 1000. */
  issues?: number;
  /** Old keys of issues that were moved, and the numbers of those issues. */
  moved?: Readonly<Record<string, number>>;
  /** Numbers of issues that the login may not see. */
  forbidden?: readonly number[];
  /** About how many bytes an issue has. Defaults to 200. */
  issueBytes?: number;
  /** Gives an issue another project: its key is then `<project>-<number>`. */
  projects?: Readonly<Record<number, string>>;
}

/** An issue of the server. */
export interface ServedIssue {
  id: string;
  key: string;
  self: string;
  fields: Record<string, unknown>;
}

/** The first issue's id is one more. */
const firstId = 10_000;

/** The issues, and what was written to them. */
export class JiraData {
  /** How many issues there are. */
  readonly size: number;
  /** Writes in their order: `POST /issue/PROJ-1/comment` with the body. */
  readonly writes: { what: string; body: unknown }[] = [];
  readonly #options: JiraDataOptions;
  readonly #forbidden: ReadonlySet<number>;
  readonly #padding: string;

  /** Makes the issues. */
  constructor(options: JiraDataOptions) {
    this.size = options.issues ?? 1000;
    this.#options = options;
    this.#forbidden = new Set(options.forbidden ?? []);
    this.#padding = "x".repeat(Math.max(0, (options.issueBytes ?? 200) - 200));
  }

  /** Gives an issue by key, in any case, by an old key or by id, if it may be seen. */
  find(name: string): ServedIssue | undefined {
    const number = this.#numberOf(name);
    if (number === undefined || number < 1 || number > this.size) return undefined;
    return this.#forbidden.has(number) ? undefined : this.issue(number);
  }

  /** Makes the issue with a number. */
  issue(number: number): ServedIssue {
    const id = String(firstId + number);
    return {
      id,
      key: this.keyOf(number),
      self: `https://example.atlassian.net/rest/api/3/issue/${id}`,
      fields: {
        summary: `Issue ${number}`,
        status: { name: number % 3 === 0 ? "Done" : "To Do" },
        ...(this.#padding === "" ? {} : { description: this.#padding }),
      },
    };
  }

  /** Gives the key of a number. */
  keyOf(number: number): string {
    return `${this.#options.projects?.[number] ?? "PROJ"}-${number}`;
  }

  #numberOf(name: string): number | undefined {
    if (/^\d+$/.test(name)) return Number(name) - firstId;
    const key = name.toUpperCase();
    const moved = this.#options.moved?.[key];
    if (moved !== undefined) return moved;
    const number = Number(/-(\d+)$/.exec(key)?.[1]);
    return this.keyOf(number) === key ? number : undefined;
  }
}
