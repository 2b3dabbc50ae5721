#!/usr/bin/env -S deno run -q --no-prompt --env-file -P=refresh-districts --allow-read=${PWD},${HOME}/.local/state/opsdeck,/tmp --allow-write=${HOME}/.local/state/opsdeck/runs,${HOME}/.local/state/opsdeck/restores,/tmp
/**
 * Refreshes districts: restores the files of their latest requests, deletes checksums and sets the
 * requests to run again. The run is kept, and goes on with --resume after any interruption.
 * Network for the requests' database and the districts' SFTP servers; writes runs, and /tmp.
 *
 * Example: refresh-districts 123 456 --type SAT
 */

import { defineCommand, runScript, type Script } from "../lib/core/command_line/mod.ts";

const options = {
  file: {
    type: "string",
    placeholder: "FILE",
    description: "Read district ids from a file, too; - is standard input",
  },
  type: {
    type: "strings",
    placeholder: "NAME",
    description: "What the type's name begins with",
    defaultText: "SAT and PSAT",
  },
  keepChecksums: { type: "boolean", description: "Leave checksums: unchanged files are skipped" },
  noRestore: { type: "boolean", description: "Leave files: only run the requests again" },
  force: { type: "boolean", description: "Replace files that are there and differ" },
  verify: { type: "boolean", description: "Read each restored file back, and compare its SHA-256" },
  tempDir: {
    type: "string",
    placeholder: "FOLDER",
    description: "Where to unpack; one elsewhere needs --allow-read and --allow-write",
    defaultText: "/tmp",
  },
  maxConcurrent: {
    type: "integer",
    min: 1,
    max: 256,
    description: "Files restored at once",
    defaultText: "3",
  },
  requestedBy: {
    type: "string",
    placeholder: "NAME",
    description: "Who asks for it, for the history",
    defaultText: "opsdeck",
  },
  resume: { type: "string", placeholder: "RUN", description: "Go on with an interrupted run" },
  runs: { type: "boolean", description: "List the runs" },
  yes: { type: "boolean", description: "Refresh more than 20 requests without asking" },
  dryRun: { type: "boolean", description: "Say what would be done, and change nothing" },
} as const;

const command = defineCommand({
  summary: "Restore the files of districts, delete checksums, and run their requests again",
  positionals: "[DISTRICT …]",
  options,
  examples: ["123 456 --type SAT --dry-run", "--resume 20261121-030405-1a2b3c"],
  async permissions({ file, tempDir, noRestore, resume, runs }, words) {
    const requests = await import("../lib/requests/mod.ts");
    if (runs) return requests.runListPermissions();
    const kept = resume === undefined
      ? undefined
      : await requests.resumedNeeds(resume, "district_refresh");
    const restores = !noRestore;
    const isNamed = resume === undefined && file !== "-" && !words.includes("-");
    return await requests.requestPermissions({
      districts: !restores
        ? []
        : isNamed
        ? await requests.readIds(words, file, "district id")
        : "configured",
      reads: [file === "-" ? undefined : file],
      writes: restores ? [tempDir ?? "/tmp"] : [],
      restores,
      ...kept,
      keepsRuns: true,
    });
  },
  async run(options, context) {
    const requests = await import("../lib/requests/mod.ts");
    if (options.runs) {
      const runs = await requests.listRuns("district_refresh");
      return context.result({ runs }, () => requests.runsText(runs));
    }
    const { resume, file, type, tempDir, maxConcurrent, requestedBy } = options;
    requests.checkResumeStandsAlone(resume, {
      districts: context.positionals,
      "--file": file,
      "--type": type,
      "--keep-checksums": options.keepChecksums || undefined,
      "--no-restore": options.noRestore || undefined,
      "--temp-dir": tempDir,
      "--max-concurrent": maxConcurrent,
      "--requested-by": requestedBy,
      "--dry-run": options.dryRun || undefined,
    });
    requests.checkHistoryTexts({ requestedBy }, { requestedBy: "--requested-by" });
    await using database = requests.openRequestDatabase({
      notice: context.note,
      signal: context.signal,
    });
    await using workflows = new requests.CommonWorkflows({ database });
    const control = {
      force: options.force,
      verify: options.verify,
      stopSignal: context.signal,
      onRun: (run: string) =>
        context.note(`Run ${run}; go on with: refresh-districts --resume ${run}`),
    };
    const result = resume !== undefined
      ? await workflows.resumeDistrictRefresh(resume, !context.quiet, control)
      : await workflows.districtRefreshWorkflow(
        await requests.readIds(context.positionals, file, "district id"),
        type.length === 0 ? undefined : type,
        !options.keepChecksums,
        !options.noRestore,
        !context.quiet,
        {
          ...control,
          ...{ tempDir, maxConcurrent, requestedBy },
          dryRun: options.dryRun,
          confirm: requests.confirmRequests({ ...options, ...context, verb: "Refresh" }),
        },
      );
    context.result(result, () => requests.districtRefreshText(result, context.verbose));
    return requests.workflowExitCode(result, result.data.outcomes);
  },
});

export const script: Script = {
  name: "refresh-districts",
  summary: command.summary,
  permissions: [
    "network: the requests' database and the districts' SFTP servers",
    "read: the folder it is run from, /tmp, ~/.local/state/opsdeck",
    "write: /tmp (unpacking), and of ~/.local/state/opsdeck runs and restores",
    "env: opsdeck's own settings",
    "run: nothing",
  ],
  command,
  explain: async (error) => (await import("../lib/requests/mod.ts")).explainRequestError(error),
};

if (import.meta.main) await runScript(script, import.meta.url);
