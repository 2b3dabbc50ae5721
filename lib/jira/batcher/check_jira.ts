/** Looking whether Jira can be reached and knows this login. */

import { type CheckFinding, ConfigManager } from "../../core/mod.ts";
import { openJiraClient } from "../client/jira_client.ts";
import { siteKeys } from "../client/jira_settings.ts";
import { verifyLogin } from "./verify_login.ts";

/**
 * Asks Jira who we are, for a profile or with the global settings.
 *
 * @throws as `readJiraSettings` and `verifyLogin` do.
 */
export async function checkJira(
  profile: string | undefined,
  signal?: AbortSignal,
): Promise<CheckFinding> {
  const [urlKey] = siteKeys;
  if (profile === undefined && new ConfigManager().lookup(urlKey) === undefined) {
    return { status: "not_configured", found: `${urlKey} is not set` };
  }
  using client = openJiraClient(profile);
  const startedAtMs = performance.now();
  const { site, account, display_name, active } = await verifyLogin(client, { signal });
  const elapsedMs = Math.round(performance.now() - startedAtMs);
  const found = `${site}: logged in as ${display_name ?? account} after ${elapsedMs} ms`;
  if (active !== false) return { status: "ok", found };
  return {
    status: "warning",
    found: `${found}; the account is not active`,
    advice: "ask the site's administrator to activate it",
  };
}
