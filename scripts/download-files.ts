#!/usr/bin/env -S deno run -q --no-prompt --env-file -P=download-files -R=${PWD},${HOME}/.local/state/opsdeck,${HOME}/Downloads -W=${PWD},${HOME}/.local/state/opsdeck,${HOME}/Downloads --deny-write=${HOME}/.local/state/opsdeck/postgresql
/**
 * Downloads the files of data requests from the districts' SFTP servers. Network for the requests'
 * database and these servers; writes into ~/Downloads or the caller's folder; records host keys.
 *
 * Example: download-files 1017 1018 --to files
 */

import { defineCommand, runScript, type Script } from "../lib/core/command_line/mod.ts";

const options = {
  file: {
    type: "string",
    placeholder: "FILE",
    description: "Read request ids from a file, too; - is standard input",
  },
  to: {
    type: "string",
    placeholder: "FOLDER",
    default: "~/Downloads",
    description: "The folder to download to; one elsewhere needs --allow-write=FOLDER",
  },
  force: { type: "boolean", description: "Replace files that are there and differ" },
  verify: { type: "boolean", description: "Read each file again, and compare its SHA-256" },
  concurrency: {
    type: "integer",
    min: 1,
    max: 256,
    description: "Requests that are under way at once",
    defaultText: "as many as the lines carry",
  },
  acceptNewHostKey: {
    type: "boolean",
    description: "Trust servers of which no host key is known, and record their keys",
  },
  yes: { type: "boolean", description: "Download more than 20 requests without asking" },
  dryRun: { type: "boolean", description: "Say what would be downloaded, and change nothing" },
} as const;

const command = defineCommand({
  summary: "Download the files of data requests",
  positionals: "[ID … | -]",
  options,
  examples: ["1017 1018 --to files", "--file ids.txt --yes --json"],
  async permissions({ file, to, acceptNewHostKey }) {
    const { requestPermissions } = await import("../lib/requests/mod.ts");
    return await requestPermissions({
      reads: [file === "-" ? undefined : file],
      writes: [to],
      districts: "configured",
      acceptNewHostKey,
    });
  },
  async run(options, context) {
    const { runFileJob } = await import("../lib/requests/mod.ts");
    return await runFileJob(options, context, {
      action: "download",
      work: (manager, ids, how) => manager.downloadFiles(ids, options.to, !context.quiet, how),
    });
  },
});

export const script: Script = {
  name: "download-files",
  summary: command.summary,
  permissions: [
    "network: the requests' database and the districts' SFTP servers",
    "read: the folder it is run from, ~/.local/state/opsdeck, and ~/Downloads",
    "write: the folder it is run from, ~/Downloads, and ~/.local/state/opsdeck (host keys) but for postgresql",
    "env: opsdeck's own settings",
    "run: nothing",
  ],
  command,
  explain: async (error) => (await import("../lib/requests/mod.ts")).explainRequestError(error),
};

if (import.meta.main) await runScript(script, import.meta.url);
