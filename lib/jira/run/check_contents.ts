/** Telling a request that was sent before from another one under its id. */

import { countOf } from "../../core/command_line/mod.ts";
import { ValidationError } from "../../core/mod.ts";
import type { FileRequest } from "./request_file.ts";
import type { RunStates } from "./run_journal.ts";

const maxProblemsShown = 5;

/**
 * Checks that what earlier runs have sent under the requests' ids is what these say: else a request
 * would be taken for done that was never sent. States without a digest count as the same.
 *
 * @throws ValidationError that names the lines with other content
 */
export function checkContents(requests: readonly FileRequest[], states: RunStates): void {
  const problems = requests.flatMap(({ line, id, key, digest }) => {
    const state = states.get(key);
    if (state?.digest === undefined || state.digest === digest) return [];
    const word = state.kind === "done" ? "done" : "sent";
    return [`line ${line}: id ${JSON.stringify(id)} was ${word} with other content at ${state.at}`];
  });
  if (problems.length === 0) return;
  const more = problems.length - maxProblemsShown;
  throw new ValidationError(
    `Cannot run the requests as ${countOf(problems.length, "id")} stood for other content in an ` +
      `earlier run, and none was sent: ${problems.slice(0, maxProblemsShown).join("; ")}` +
      `${
        more > 0 ? `; and ${more} more` : ""
      }; give new ids, or forget earlier runs with --restart`,
    { code: "REQUEST_ID_REUSED", context: { problems } },
  );
}
