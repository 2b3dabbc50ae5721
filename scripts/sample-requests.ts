#!/usr/bin/env -S deno run -q --no-prompt --env-file -P=sample-requests --allow-read=${PWD},${HOME}/.local/state/opsdeck --allow-write=${HOME}/.local/state/opsdeck
/**
 * Loads made-up requests into the embedded PostgreSQL, to try the requests' scripts on; with
 * --serve, keeps an SFTP server with their files running. Refuses any other database. Files and
 * settings lie in ~/.local/state/opsdeck.
 *
 * Example: deno task requests:sample --serve
 */

import { defineCommand, runScript, type Script } from "../lib/core/command_line/mod.ts";

const options = {
  serve: { type: "boolean", description: "Serve the files by SFTP until stopped" },
  port: {
    type: "integer",
    min: 0,
    max: 65_535,
    default: 2222,
    description: "The port to serve on, on 127.0.0.1; 0 for a free one",
  },
  reset: { type: "boolean", description: "Replace all requests that are there by the sample" },
  dryRun: { type: "boolean", description: "Say what would be loaded, and change nothing" },
} as const;

const command = defineCommand({
  summary: "Load made-up requests and serve their files, to try the scripts on",
  options,
  examples: ["--serve", "--reset --dry-run"],
  async permissions() {
    const { requestPermissions } = await import("../lib/requests/mod.ts");
    const { opsdeckHome } = await import("../lib/core/mod.ts");
    return await requestPermissions({ writes: [opsdeckHome()] });
  },
  async run({ serve, port, reset, dryRun }, context) {
    const { openSampleServer, runSample } = await import("../lib/requests/sample/mod.ts");
    const { signal } = context;
    const report = await runSample({ reset, dryRun, signal, notice: context.note });
    const words = {
      loaded: `Loaded ${report.requests} requests and ${report.files} files`,
      kept: "Requests are there already; --reset replaces them",
      planned: `Would load ${report.requests} requests; changed nothing`,
    };
    if (!serve || dryRun) return context.result(report, () => words[report.status]);

    context.note(words[report.status]);
    await using server = await openSampleServer(port);
    const address = `sftp://127.0.0.1:${server.port}`;
    context.result({ ...report, address, config_file: server.configFile }, () =>
      [
        `Serving the files at ${address} until Ctrl-C; in another terminal:`,
        `  export OPSDECK_CONFIG=${server.configFile}`,
        "  deno task find-requests --type PSAT --district 1001",
      ].join("\n"));
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  },
});

export const script: Script = {
  name: "sample-requests",
  summary: command.summary,
  permissions: [
    "network: 127.0.0.1 alone, for the embedded PostgreSQL and its own SFTP server",
    "read: the folder it is run from, and ~/.local/state/opsdeck",
    "write: ~/.local/state/opsdeck",
    "env: opsdeck's own settings",
    "run: nothing",
  ],
  command,
};

if (import.meta.main) await runScript(script, import.meta.url);
