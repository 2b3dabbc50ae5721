/** Asking Jira for issues with one GET each. */

import { NetworkError } from "../../core/mod.ts";
import type { JiraClient } from "../client/jira_client.ts";
import type { JiraRequest } from "../client/jira_request.ts";
import { type AskOptions, sendCounted } from "./ask_options.ts";
import { isJiraIssue } from "./jira_issue.ts";

/** Asks for each name by itself; a moved issue comes by its old key too. */
export async function askOneByOne(
  client: JiraClient,
  names: readonly string[],
  options: AskOptions,
): Promise<void> {
  const { fields, expand } = options.view;
  const query = new URLSearchParams({
    fields: fields.join(","),
    ...(expand.length === 0 ? {} : { expand: expand.join(",") }),
  });
  const requests = names.map((name): JiraRequest => ({
    method: "GET",
    endpoint: `${client.apiPath}/issue/${name}?${query}`,
  }));
  await sendCounted(client, requests, options, (index, { result, failure }) => {
    const name = names[index] ?? "";
    if (result.success && isJiraIssue(result.data)) {
      options.onFound(new Map([[name, result.data]]));
    } else if (result.status === 404 || failure?.code === "JIRA_FORBIDDEN") {
      options.onMissing([name]);
    } else options.onFailed([name], failure ?? noIssue(name));
  });
}

function noIssue(name: string): NetworkError {
  return new NetworkError(`Cannot read Jira's answer for ${name} as it is no issue`, {
    code: "JIRA_BAD_ANSWER",
  });
}
