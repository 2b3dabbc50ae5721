#!/usr/bin/env -S deno run -q --no-prompt --env-file -P=rerun --allow-read=${PWD},${HOME}/.local/state/opsdeck/requests-sample,${HOME}/.local/state/opsdeck/postgresql.json
/**
 * Sets data requests to run again, in one transaction: all of them or none. Network for the
 * requests' database; reads the caller's folder (ids).
 *
 * Example: rerun 1017 1018 --delete-checksums --reason "new layout"
 */

import { defineCommand, runScript, type Script } from "../lib/core/command_line/mod.ts";

const options = {
  file: {
    type: "string",
    placeholder: "FILE",
    description: "Read request ids from a file, too; - is standard input",
  },
  deleteChecksums: {
    type: "boolean",
    description: "Delete their checksums first, so that unchanged files are imported again",
  },
  checksumKey: {
    type: "strings",
    placeholder: "KEY",
    description: "Delete only the checksums of this key",
    defaultText: "all keys",
  },
  requestedBy: {
    type: "string",
    placeholder: "NAME",
    default: "opsdeck",
    description: "Who asks for it, for the requests' history",
  },
  reason: { type: "string", placeholder: "TEXT", description: "Why, for the requests' history" },
  yes: { type: "boolean", description: "Run more than 20 requests again without asking" },
  dryRun: { type: "boolean", description: "Say what would be changed, and change nothing" },
} as const;

const command = defineCommand({
  summary: "Run data requests again",
  positionals: "[ID … | -]",
  options,
  examples: ["1017 1018 --dry-run", "--file ids.txt --delete-checksums --yes"],
  async permissions({ file }) {
    const { requestPermissions } = await import("../lib/requests/mod.ts");
    return await requestPermissions({ reads: [file === "-" ? undefined : file] });
  },
  async run(options, context) {
    const requests = await import("../lib/requests/mod.ts");
    const { deleteChecksums, checksumKey, requestedBy, reason, dryRun, file } = options;
    const { positionals: words, signal } = context;
    requests.checkHistoryTexts(
      { requestedBy, reason },
      { requestedBy: "--requested-by", reason: "--reason" },
    );
    const ids = await requests.readIds(words, file, "request id");
    await requests.confirmRequests({ ...options, ...context, verb: "Rerun" })(new Set(ids).size);
    await using manager = requests.openRequestManager({ notice: context.note, signal });
    const keys = checksumKey.length === 0 ? undefined : checksumKey;
    const onRetry = requests.retryNote(context.note);
    const how = { requestedBy, reason, dryRun, signal, onRetry };
    const result = await manager.rerunRequests(ids, deleteChecksums, keys, how);
    context.result(result, () => requests.rerunText(result));
    return result.unknown_ids.length === 0 ? 0 : 1;
  },
});

export const script: Script = {
  name: "rerun",
  summary: command.summary,
  permissions: [
    "network: the requests' database, wherever the configuration says it is",
    "read: the folder it is run from, and ~/.local/state/opsdeck/postgresql.json",
    "write: nothing",
    "env: opsdeck's own settings",
    "run: nothing",
  ],
  command,
  explain: async (error) => (await import("../lib/requests/mod.ts")).explainRequestError(error),
};

if (import.meta.main) await runScript(script, import.meta.url);
