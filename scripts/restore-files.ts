#!/usr/bin/env -S deno run -q --no-prompt --env-file -P=restore-files --allow-read=${PWD},${HOME}/.local/state/opsdeck,/tmp --allow-write=${HOME}/.local/state/opsdeck,/tmp --deny-write=${HOME}/.local/state/opsdeck/postgresql
/**
 * Puts the processed files of data requests back into the directories that they are imported from,
 * on the districts' SFTP servers. Network for the requests' database and these servers; unpacks in
 * /tmp; reads the caller's folder (ids, keys); records host keys and locks.
 *
 * Example: restore-files 1017 1018 --dry-run
 */

import { defineCommand, runScript, type Script } from "../lib/core/command_line/mod.ts";

const options = {
  file: {
    type: "string",
    placeholder: "FILE",
    description: "Read request ids from a file, too; - is standard input",
  },
  force: { type: "boolean", description: "Replace files that are there and differ" },
  verify: {
    type: "boolean",
    description: "Read each restored file back, and compare its SHA-256",
  },
  concurrency: {
    type: "integer",
    min: 1,
    max: 256,
    description: "Requests that are under way at once",
    defaultText: "as many as the lines carry",
  },
  tempDir: {
    type: "string",
    placeholder: "FOLDER",
    default: "/tmp",
    description: "Where to unpack; one elsewhere needs --allow-read and --allow-write",
  },
  maxUnpackedMib: {
    type: "integer",
    min: 1,
    default: 2048,
    description: "How large a file may become when it is unpacked, in MiB",
  },
  acceptNewHostKey: {
    type: "boolean",
    description: "Trust servers of which no host key is known, and record their keys",
  },
  yes: { type: "boolean", description: "Restore more than 20 requests without asking" },
  dryRun: { type: "boolean", description: "Say what would be restored, and change nothing" },
} as const;

const command = defineCommand({
  summary: "Put processed files back where they are imported from",
  positionals: "[ID … | -]",
  options,
  examples: ["1017 1018 --dry-run", "--file ids.txt --verify --yes"],
  async permissions({ file, tempDir, acceptNewHostKey }) {
    const { requestPermissions } = await import("../lib/requests/mod.ts");
    return await requestPermissions({
      reads: [file === "-" ? undefined : file],
      writes: [tempDir],
      districts: "configured",
      acceptNewHostKey,
      restores: true,
    });
  },
  async run(options, context) {
    const { runFileJob } = await import("../lib/requests/mod.ts");
    const maxUnpackedBytes = options.maxUnpackedMib * 1024 ** 2;
    return await runFileJob(options, context, {
      action: "restore",
      work: (manager, ids, how) =>
        manager.restoreFiles(ids, options.tempDir, !context.quiet, { ...how, maxUnpackedBytes }),
    });
  },
});

export const script: Script = {
  name: "restore-files",
  summary: command.summary,
  permissions: [
    "network: the requests' database and the districts' SFTP servers",
    "read: the folder it is run from, ~/.local/state/opsdeck, and /tmp",
    "write: ~/.local/state/opsdeck (locks, host keys) but for postgresql, and /tmp (packed files)",
    "env: opsdeck's own settings",
    "run: nothing",
  ],
  command,
  explain: async (error) => (await import("../lib/requests/mod.ts")).explainRequestError(error),
};

if (import.meta.main) await runScript(script, import.meta.url);
