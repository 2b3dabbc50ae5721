/** What the commands of `jira-batch` say to a person, and what they take as words. */

import { countOf, textTable } from "../../core/command_line/mod.ts";
import { ValidationError } from "../../core/mod.ts";
import type { BatchResult } from "../batcher/batch_result.ts";
import type { JiraLoginReport } from "../batcher/verify_login.ts";
import type { FetchPlan } from "../fetch/plan_fetch.ts";
import type { FileRequest } from "../run/request_file.ts";
import type { PlannedRequest } from "./run_job.ts";

/** Says what a fetch would take. */
export function fetchPlanText({ keys, invalid, hits, misses, calls }: FetchPlan): string {
  const wrong = invalid.length === 0
    ? ""
    : `; ${
      countOf(invalid.length, "word is neither key nor id", "words are neither keys nor ids")
    }: ${invalid.slice(0, 10).join(", ")}`;
  return `Would fetch ${countOf(keys, "issue")}: ${hits} from the cache, ${misses} from Jira ` +
    `with ${countOf(calls, "call")}${wrong}`;
}

/** Shows the calls of a file of requests and what a run would do with each. */
export function runPlanText(plan: readonly PlannedRequest[]): string {
  const words = { send: "would send", done: "done already", uncertain: "uncertain, left alone" };
  return textTable(
    ["line", "id", "call", "data", "step"],
    plan.map(({ line, id, method, endpoint, data, step, answer }) => [
      line,
      id,
      `${method} ${endpoint}`,
      data === null ? null : shortened(JSON.stringify(data)),
      step === "done" ? words[step] + madeText(answer) : words[step],
    ]),
  );
}

function madeText(answer: PlannedRequest["answer"]): string {
  const name = answer?.key ?? answer?.id;
  return name === undefined ? "" : `: ${name}`;
}

function shortened(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}

/** Says what became of a request of a file. */
export function runResultText(request: FileRequest, result: BatchResult): string {
  const { line, method, endpoint } = request;
  const { outcome, status, error, duration_ms, attempts } = result;
  const tries = attempts > 1 ? `, ${attempts} attempts` : "";
  if (!result.success) return `line ${line}: ${outcome}: ${error}`;
  return `line ${line}: ${outcome}: ${method} ${endpoint}: ${status} in ${
    Math.round(duration_ms)
  } ms${tries}`;
}

/** Says who is logged in. */
export function loginText({ site, deployment, account, display_name }: JiraLoginReport): string {
  const kind = deployment === "cloud" ? "Jira Cloud" : "Jira Data Center";
  const name = display_name === null ? account : `${display_name} (${account})`;
  return `Logged in to ${site} (${kind}) as ${name}`;
}

/**
 * Gives the one query among the words.
 *
 * @throws ValidationError when there is not exactly one
 */
export function oneQuery(words: readonly string[]): string {
  const [query, ...others] = words;
  if (query !== undefined && query.trim() !== "" && others.length === 0) return query;
  throw new ValidationError("search takes one QUERY; put it in quotes", { code: "USAGE" });
}

/**
 * Gives the one file among the words.
 *
 * @throws ValidationError when there is not exactly one
 */
export function oneFile(words: readonly string[]): string {
  const [file, ...others] = words;
  if (file !== undefined && others.length === 0) return file;
  throw new ValidationError("run takes one FILE; - is standard input", { code: "USAGE" });
}
