/** A client of the loopback Jira. */

import { Secret } from "../../lib/core/mod.ts";
import { JiraClient, type JiraClientOptions } from "../../lib/jira/mod.ts";
import { jiraLogin, type JiraServer } from "../fakes/jira_server.ts";

/** What a client may be told beside the server. */
export interface ClientOnOptions extends JiraClientOptions {
  /** Data Center with a personal token. */
  dataCenter?: boolean;
  /** Another token than the right one. */
  token?: string;
  timeoutMs?: number;
  maxWaitMs?: number;
}

/** Makes a client with the login that the server knows. */
export function clientOn(
  server: Pick<JiraServer, "url">,
  { dataCenter = false, token, timeoutMs, maxWaitMs, ...options }: ClientOnOptions = {},
): JiraClient {
  const login = dataCenter
    ? { kind: "personal-token", token: new Secret(token ?? jiraLogin.pat) } as const
    : {
      kind: "api-token",
      email: jiraLogin.email,
      token: new Secret(token ?? jiraLogin.token),
    } as const;
  return new JiraClient({
    site: new URL(server.url),
    login,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(maxWaitMs === undefined ? {} : { maxWaitMs }),
  }, options);
}
