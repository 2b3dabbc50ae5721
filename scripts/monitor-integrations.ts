#!/usr/bin/env -S deno run -q --no-prompt --env-file -P=monitor-integrations --allow-read=${PWD},${HOME}/.local/state/opsdeck --allow-write=${PWD},${HOME}/.local/state/opsdeck/runs
/**
 * Tells how the integrations did over the last days: success and failure rates by type and
 * district, and the districts with issues. It reads the requests' database and changes nothing
 * there; it keeps its run, and writes a page into the caller's folder when --html asks for one.
 *
 * Example: monitor-integrations --days 14 --html integrations.html
 */

import { defineCommand, runScript, type Script } from "../lib/core/command_line/mod.ts";

const options = {
  type: {
    type: "strings",
    placeholder: "NAME",
    description: "What the type's name begins with",
    defaultText: "SAT and PSAT",
  },
  days: {
    type: "number",
    min: 0.01,
    max: 3650,
    description: "How many days back",
    defaultText: "7",
  },
  issueRate: {
    type: "number",
    min: 0,
    max: 1,
    description: "The failure rate from which a district has an issue",
    defaultText: "0.5",
  },
  failOnIssues: { type: "boolean", description: "Exit with 1 when a district has an issue" },
  html: {
    type: "string",
    placeholder: "FILE",
    description: "Write the report as an HTML page with charts, too",
  },
  resume: {
    type: "string",
    placeholder: "RUN",
    description: "Go on with an interrupted run, on what it had counted",
  },
  runs: { type: "boolean", description: "List the runs" },
} as const;

const command = defineCommand({
  summary: "Report success and failure of the integrations, and the districts with issues",
  options,
  examples: ["--days 14 --html integrations.html", "--type 'SAT School Day' --json"],
  async permissions({ html, resume, runs }) {
    const requests = await import("../lib/requests/mod.ts");
    if (runs) return requests.runListPermissions();
    const kept = resume === undefined
      ? undefined
      : await requests.resumedNeeds(resume, "integration_monitoring");
    return await requests.requestPermissions({ replaces: [html], ...kept, keepsRuns: true });
  },
  async run(options, context) {
    const requests = await import("../lib/requests/mod.ts");
    if (options.runs) {
      const runs = await requests.listRuns("integration_monitoring");
      return context.result({ runs }, () => requests.runsText(runs));
    }
    const { type, days, issueRate, html, resume } = options;
    requests.checkResumeStandsAlone(resume, {
      "--type": type,
      "--days": days,
      "--issue-rate": issueRate,
      "--html": html,
    });
    await using database = requests.openRequestDatabase({
      notice: context.note,
      signal: context.signal,
    });
    await using workflows = new requests.CommonWorkflows({ database });
    const control = {
      signal: context.signal,
      onRun: (run: string) =>
        context.note(`Run ${run}; go on with: monitor-integrations --resume ${run}`),
    };
    const result = resume !== undefined
      ? await workflows.resumeIntegrationMonitoring(resume, !context.quiet, control)
      : await workflows.integrationMonitoringWorkflow(
        type.length === 0 ? undefined : type,
        days,
        !context.quiet,
        { ...control, issueRate, html },
      );
    const { report } = result.data;
    context.result(result, () => requests.monitoringText(result));
    return options.failOnIssues && report.issues.length > 0 ? 1 : 0;
  },
});

export const script: Script = {
  name: "monitor-integrations",
  summary: command.summary,
  permissions: [
    "network: the requests' database, wherever the configuration says it is",
    "read: the folder it is run from, and of ~/.local/state/opsdeck runs and postgresql.json",
    "write: the folder it is run from (--html), ~/.local/state/opsdeck/runs",
    "env: opsdeck's own settings",
    "run: nothing",
  ],
  command,
  explain: async (error) => (await import("../lib/requests/mod.ts")).explainRequestError(error),
};

if (import.meta.main) await runScript(script, import.meta.url);
