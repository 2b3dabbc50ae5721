#!/usr/bin/env -S deno run -q --no-prompt --env-file -P=bulk-download --allow-read=${PWD},${HOME}/Downloads,${HOME}/.local/state/opsdeck --allow-write=${PWD},${HOME}/Downloads,${HOME}/.local/state/opsdeck/runs
/**
 * Downloads the files of the latest requests of some types, and writes a report beside them. The
 * run is kept, and goes on with --resume after any interruption. Network for the requests'
 * database and the districts' SFTP servers; writes the caller's folder, ~/Downloads and runs.
 *
 * Example: bulk-download --type SAT --type PSAT --local-dir files
 */

import { defineCommand, runScript, type Script } from "../lib/core/command_line/mod.ts";

const options = {
  type: {
    type: "strings",
    placeholder: "NAME",
    description: "What the type's name begins with",
  },
  district: {
    type: "strings",
    placeholder: "ID",
    description: "District id",
    defaultText: "all districts",
  },
  localDir: {
    type: "string",
    placeholder: "FOLDER",
    description: "Where files and report go",
    defaultText: "~/Downloads/bulk_download",
  },
  maxConcurrent: {
    type: "integer",
    min: 1,
    max: 256,
    description: "Requests under way at once",
    defaultText: "5",
  },
  force: { type: "boolean", description: "Replace files that are there and differ" },
  verify: { type: "boolean", description: "Read each file again, and compare its SHA-256" },
  resume: { type: "string", placeholder: "RUN", description: "Go on with an interrupted run" },
  runs: { type: "boolean", description: "List the runs" },
  dryRun: { type: "boolean", description: "Say what would be downloaded, and change nothing" },
} as const;

const command = defineCommand({
  summary: "Download the files of all requests of some types, and write a report",
  options,
  examples: ["--type SAT --type PSAT --local-dir files", "--resume 20261121-030405-1a2b3c"],
  async permissions({ district, localDir, resume, runs }) {
    const requests = await import("../lib/requests/mod.ts");
    if (runs) return requests.runListPermissions();
    const kept = resume === undefined
      ? undefined
      : await requests.resumedNeeds(resume, "bulk_file_download");
    return await requests.requestPermissions({
      districts: district.length === 0 ? "configured" : requests.parseIds(district, "district id"),
      writes: [localDir ?? "~/Downloads/bulk_download"],
      ...kept,
      keepsRuns: true,
    });
  },
  async run(options, context) {
    const requests = await import("../lib/requests/mod.ts");
    if (options.runs) {
      const runs = await requests.listRuns("bulk_file_download");
      return context.result({ runs }, () => requests.runsText(runs));
    }
    const { type, district, localDir, maxConcurrent, resume } = options;
    requests.checkResumeStandsAlone(resume, {
      "--type": type,
      "--district": district,
      "--local-dir": localDir,
      "--max-concurrent": maxConcurrent,
      "--dry-run": options.dryRun || undefined,
    });
    await using database = requests.openRequestDatabase({
      notice: context.note,
      signal: context.signal,
    });
    await using workflows = new requests.CommonWorkflows({ database });
    const control = {
      force: options.force,
      verify: options.verify,
      stopSignal: context.signal,
      onRun: (run: string) => context.note(`Run ${run}; go on with: bulk-download --resume ${run}`),
    };
    const result = resume !== undefined
      ? await workflows.resumeBulkFileDownload(resume, !context.quiet, control)
      : await workflows.bulkFileDownloadWorkflow(
        type,
        district.length === 0 ? undefined : requests.parseIds(district, "district id"),
        localDir,
        maxConcurrent,
        !context.quiet,
        { ...control, dryRun: options.dryRun },
      );
    context.result(result, () => requests.bulkDownloadText(result));
    return requests.workflowExitCode(result, result.data.report.outcomes);
  },
});

export const script: Script = {
  name: "bulk-download",
  summary: command.summary,
  permissions: [
    "network: the requests' database and the districts' SFTP servers",
    "read: the folder it is run from, ~/Downloads, and ~/.local/state/opsdeck",
    "write: the folder it is run from, ~/Downloads, and ~/.local/state/opsdeck/runs",
    "env: opsdeck's own settings",
    "run: nothing",
  ],
  command,
  explain: async (error) => (await import("../lib/requests/mod.ts")).explainRequestError(error),
};

if (import.meta.main) await runScript(script, import.meta.url);
