/** Requests from NDJSON: `{"method", "endpoint", "data", "id"}`, one a line. */

import { createHash } from "node:crypto";
import { errorReason, ValidationError } from "../../core/mod.ts";
import { checkRequest } from "../client/check_request.ts";
import type { JiraRequest } from "../client/jira_request.ts";

/** A request of a file. */
export interface FileRequest extends JiraRequest {
  /** Its line, from 1 on. */
  line: number;
  /** Its `id`, when it has one. */
  id: string | null;
  /**
   * What tells it from the others and stays the same from run to run: its id, or else what it says
   * and how many lines before it say the same.
   */
  key: string;
  /** What stands for all that it says but its id: another content has another one. */
  digest: string;
}

const knownFields = ["method", "endpoint", "data", "id"];
const maxProblemsShown = 5;

/**
 * Reads requests; blank lines are passed over.
 *
 * @param site the site on which the endpoints must lie
 * @throws ValidationError that names the lines that are wrong: then none of them is sent
 */
export function parseRequests(text: string, site: URL): FileRequest[] {
  const requests: FileRequest[] = [];
  const problems: string[] = [];
  const lineOf = new Map<string, number>();
  const copies = new Map<string, number>();
  for (const [index, content] of text.replace(/^\uFEFF/, "").split("\n").entries()) {
    const line = index + 1;
    if (content.trim() === "") continue;
    try {
      const { id, ...request } = parseLine(content, site);
      const digest = contentDigest(request);
      const key = id === null ? contentKey(digest, copies) : `id:${id}`;
      const first = lineOf.get(key);
      if (first !== undefined) throw new ValidationError(`its id is that of line ${first}`);
      lineOf.set(key, line);
      requests.push({ ...request, line, id, key, digest });
    } catch (error) {
      problems.push(`line ${line}: ${errorReason(error)}`);
    }
  }
  if (problems.length === 0) return requests;
  const more = problems.length - maxProblemsShown;
  throw new ValidationError(
    `Cannot run the requests as ${problems.length} of them are wrong, and none was sent: ` +
      problems.slice(0, maxProblemsShown).join("; ") + (more > 0 ? `; and ${more} more` : ""),
    { context: { problems } },
  );
}

function parseLine(content: string, site: URL): JiraRequest & { id: string | null } {
  const value: unknown = JSON.parse(content);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ValidationError("it is no JSON object");
  }
  const unknown = Object.keys(value).find((name) => !knownFields.includes(name));
  if (unknown !== undefined) {
    throw new ValidationError(`it has "${unknown}", and a request has ${knownFields.join(", ")}`);
  }
  const field = (name: string): unknown => Reflect.get(value, name);
  const [method, endpoint, id] = [field("method"), field("endpoint"), field("id") ?? null];
  if (typeof method !== "string") throw new ValidationError('its "method" is no text');
  if (typeof endpoint !== "string") throw new ValidationError('its "endpoint" is no text');
  const isId = id === null || typeof id === "string" || Number.isSafeInteger(id);
  if (!isId) throw new ValidationError('its "id" is neither a text nor a whole number');
  return {
    ...checkRequest(site, method, endpoint, field("data")),
    id: id === null ? null : String(id),
  };
}

function contentDigest(request: JiraRequest): string {
  const said = JSON.stringify([request.method, request.endpoint, sorted(request.data)]);
  return createHash("sha256").update(said).digest("base64url");
}

function contentKey(digest: string, copies: Map<string, number>): string {
  const copy = (copies.get(digest) ?? 0) + 1;
  copies.set(digest, copy);
  return `${digest}#${copy}`;
}

/** The same data with its names in another order is the same request. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1);
  return Object.fromEntries(entries.map(([name, inner]) => [name, sorted(inner)]));
}
