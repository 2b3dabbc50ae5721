#!/usr/bin/env -S deno run -q --no-prompt --env-file -P=sftp-files --allow-read=${PWD},${HOME}/.local/state/opsdeck --allow-write=${PWD},${HOME}/.local/state/opsdeck --deny-write=${HOME}/.local/state/opsdeck/postgresql
/**
 * Lists, downloads, uploads and removes files on an SFTP server: many at once, folders, patterns.
 * Network for the server; reads and writes the caller's folder (files, keys); records host keys.
 *
 * Example: sftp-files get 'outbox/*.csv' --to downloads --project acme
 */

import { format as formatBytes } from "@std/fmt/bytes";
import {
  countOf,
  defineCommand,
  type Progress,
  runScript,
  type Script,
  type ScriptContext,
} from "../lib/core/command_line/mod.ts";
import type { JobOutcome, TransferProgress } from "../lib/sftp/mod.ts";

const server = {
  project: {
    type: "string",
    placeholder: "NAME",
    description: "Project whose server it is",
    defaultText: "the settings of all",
  },
  acceptNewHostKey: {
    type: "boolean",
    description: "Trust servers of which no host key is known, and record their keys",
  },
  reconnectFor: {
    type: "duration",
    default: 60_000,
    description: "How long to wait for a server that went away, before giving up",
  },
} as const;

const transfer = {
  force: { type: "boolean", description: "Replace files that are there and differ" },
  sha256: { type: "boolean", description: "Tell each file's SHA-256, and compare by it" },
  verify: { type: "boolean", description: "Read the file on the server again, and compare" },
  dryRun: { type: "boolean", description: "Say what would be transferred, and change nothing" },
} as const;

const library = () => import("../lib/sftp/mod.ts");

interface ServerOptions {
  project: string | undefined;
  acceptNewHostKey: boolean;
  reconnectFor: number;
}

async function openServer(options: ServerOptions, context: ScriptContext) {
  const { clientConfigOf, parseClientConfig, ServerAccess } = await library();
  return new ServerAccess(parseClientConfig(clientConfigOf(options.project)), {
    acceptNewHostKey: options.acceptNewHostKey,
    onRecorded: (text) => context.note(text),
    patienceMs: options.reconnectFor,
    signal: context.signal,
  });
}

async function tell({ report, exitCode }: JobOutcome, context: ScriptContext): Promise<number> {
  const { filesReportText } = await library();
  context.result(report, () => filesReportText(report));
  return exitCode;
}

const ls = defineCommand({
  summary: "List folders and files",
  positionals: "[PATH …]",
  options: {
    ...server,
    recursive: { type: "boolean", short: "r", description: "Go into folders" },
    sort: {
      type: "string",
      choices: ["name", "size", "time"],
      default: "name",
      description: "By name, the biggest first, or the newest first",
    },
  },
  examples: ["outbox --sort time", "'outbox/**/*.pdf' --json"],
  permissions: async ({ project, acceptNewHostKey }) =>
    (await library()).sftpPermissions({ projects: [project], acceptNewHostKey }),
  async run(options, context) {
    const { listFiles, listOrders, listText } = await library();
    await using access = await openServer(options, context);
    const { report, exitCode } = await listFiles(access, {
      paths: context.positionals,
      recursive: options.recursive,
      sort: listOrders.find((order) => order === options.sort) ?? "name",
      signal: context.signal,
    });
    context.result(report, () => listText(report));
    return exitCode;
  },
});

const get = defineCommand({
  summary: "Download files and folders",
  positionals: "PATH …",
  options: {
    ...server,
    to: {
      type: "string",
      placeholder: "FOLDER",
      default: ".",
      description: "The folder to put them in; one elsewhere needs --allow-write=FOLDER",
    },
    resume: { type: "boolean", description: "Go on with what an earlier run left unfinished" },
    ...transfer,
  },
  examples: ["outbox/report.pdf", "'outbox/*.csv' archive --to downloads --resume"],
  permissions: async ({ project, acceptNewHostKey, to }) =>
    (await library()).sftpPermissions({ projects: [project], acceptNewHostKey, writes: [to] }),
  async run(options, context) {
    const { getFiles } = await library();
    await using access = await openServer(options, context);
    using progress = showProgress("Downloading", context);
    const paths = context.positionals;
    return await tell(await getFiles(access, { ...options, ...progress, paths }), context);
  },
});

const put = defineCommand({
  summary: "Upload files and folders",
  positionals: "FILE …",
  options: {
    ...server,
    to: {
      type: "string",
      placeholder: "PATH",
      description: "The folder on the server to put them in; it is made where it is missing",
      defaultText: "the one that the login starts in",
    },
    ...transfer,
  },
  examples: ["report.pdf --to inbox", "'out/*.csv' archive --to inbox --verify"],
  permissions: async ({ project, acceptNewHostKey }, paths) => {
    const { localPlaces, sftpPermissions } = await library();
    return sftpPermissions({ projects: [project], acceptNewHostKey, reads: localPlaces(paths) });
  },
  async run(options, context) {
    const { putFiles } = await library();
    await using access = await openServer(options, context);
    using progress = showProgress("Uploading", context);
    const paths = context.positionals;
    return await tell(await putFiles(access, { ...options, ...progress, paths }), context);
  },
});

const rm = defineCommand({
  summary: "Remove files",
  positionals: "PATH …",
  options: {
    ...server,
    recursive: { type: "boolean", short: "r", description: "Remove folders and all in them" },
    yes: { type: "boolean", description: "Remove more than 20 files without asking" },
    dryRun: { type: "boolean", description: "Say what would be removed, and change nothing" },
  },
  examples: ["outbox/report.pdf", "'outbox/2025*' --recursive --dry-run"],
  permissions: async ({ project, acceptNewHostKey }) =>
    (await library()).sftpPermissions({ projects: [project], acceptNewHostKey }),
  async run(options, context) {
    const { confirmRemoval, removeFiles } = await library();
    await using access = await openServer(options, context);
    const { positionals: paths, signal } = context;
    const confirm = confirmRemoval({ ...options, ...context });
    return await tell(await removeFiles(access, { ...options, paths, signal, confirm }), context);
  },
});

/** A progress line that counts bytes, once it is known how many there are. */
function showProgress(label: string, { progress, signal }: ScriptContext) {
  let line: Progress | undefined;
  let shown = 0;
  return {
    signal,
    onPlan(total: number) {
      line = progress({ label, total, format: formatBytes });
    },
    onProgress({ bytes, filesDone, filesTotal }: TransferProgress) {
      line?.advance(bytes - shown, () => `${filesDone} of ${countOf(filesTotal, "file")}`);
      shown = bytes;
    },
    [Symbol.dispose]: () => line?.[Symbol.dispose](),
  };
}

export const script: Script = {
  name: "sftp-files",
  summary: "List, download, upload and remove files on an SFTP server",
  permissions: [
    "network: the SFTP server, wherever the configuration says it is",
    "read: the folder it is run from, and ~/.local/state/opsdeck",
    "write: the folder it is run from, and ~/.local/state/opsdeck (host keys) but for postgresql",
    "env: opsdeck's own settings",
    "run: nothing",
  ],
  commands: { ls, get, put, rm },
};

if (import.meta.main) await runScript(script, import.meta.url);
