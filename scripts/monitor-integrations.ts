#!/usr/bin/env -S deno run -q --no-prompt --env-file -P=monitor-integrations --allow-read=${PWD},${HOME}/.local/state/opsdeck --allow-write=${PWD}
/**
 * Tells how the integrations did over the last days: success and failure rates by type and
 * district, and the districts with issues. It reads the requests' database and changes nothing
 * there; it writes a page into the caller's folder when --html asks for one.
 *
 * Example: monitor-integrations --days 14 --html integrations.html
 */

import { defineCommand, runScript, type Script } from "../lib/core/command_line/mod.ts";

const options = {
  type: {
    type: "strings",
    placeholder: "NAME",
    description: "What the names of the types begin with; may be given several times",
    defaultText: "SAT and PSAT",
  },
  days: { type: "number", min: 0.01, max: 3650, default: 7, description: "How many days back" },
  issueRate: {
    type: "number",
    min: 0,
    max: 1,
    default: 0.5,
    description: "The failure rate from which a district has an issue",
  },
  failOnIssues: { type: "boolean", description: "Exit with 1 when a district has an issue" },
  html: { type: "string", placeholder: "FILE", description: "Write the report as a page, too" },
} as const;

const command = defineCommand({
  summary: "Report success and failure of the integrations, and the districts with issues",
  options,
  examples: ["--days 14 --html integrations.html", "--type 'SAT School Day' --json"],
  async permissions({ html }) {
    const { requestPermissions } = await import("../lib/requests/mod.ts");
    return await requestPermissions({ writes: [html] });
  },
  async run(options, context) {
    const requests = await import("../lib/requests/mod.ts");
    await using database = requests.openRequestDatabase({ notice: context.note });
    const result = await requests.runMonitoringJob(database, {
      ...options,
      integrationTypes: options.type.length === 0 ? ["SAT", "PSAT"] : options.type,
      daysBack: options.days,
      signal: context.signal,
    });
    const { report } = result.data;
    context.result(result, () => requests.integrationReportText(report));
    return options.failOnIssues && report.issues.length > 0 ? 1 : 0;
  },
});

export const script: Script = {
  name: "monitor-integrations",
  summary: command.summary,
  permissions: [
    "network: the requests' database, wherever the configuration says it is",
    "read: the folder it is run from, and ~/.local/state/opsdeck",
    "write: the folder it is run from (--html)",
    "env: opsdeck's own settings",
    "run: nothing",
  ],
  command,
  explain: async (error) => (await import("../lib/requests/mod.ts")).explainRequestError(error),
};

if (import.meta.main) await runScript(script, import.meta.url);
