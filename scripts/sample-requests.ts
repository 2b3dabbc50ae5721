#!/usr/bin/env -S deno run -q --no-prompt --env-file -P=sample-requests --allow-read=${PWD},${HOME}/.local/state/opsdeck/requests-sample,${HOME}/.local/state/opsdeck/postgresql.json --allow-write=${HOME}/.local/state/opsdeck/requests-sample
/**
 * Loads made-up requests into the embedded PostgreSQL, to try the requests' scripts on; with
 * --serve, keeps an SFTP server with their files running. Refuses any other database. Files and
 * settings lie in ~/.local/state/opsdeck.
 *
 * Example: deno task requests:sample --serve
 */

import {
  countOf,
  defineCommand,
  howToStart,
  runScript,
  type Script,
} from "../lib/core/command_line/mod.ts";

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
  async permissions({ serve, port }) {
    const { requestPermissions } = await import("../lib/requests/mod.ts");
    const { sampleFolder } = await import("../lib/requests/sample/mod.ts");
    const { net = [], ...files } = await requestPermissions({ writes: [sampleFolder()] });
    // Port 0 stands for a free one.
    const server = port === 0 ? "127.0.0.1" : `127.0.0.1:${port}`;
    return { net: serve ? [...net, server] : net, ...files };
  },
  async run({ serve, port, reset, dryRun }, context) {
    const { openSampleServer, runSample } = await import("../lib/requests/sample/mod.ts");
    const { signal } = context;
    const report = await runSample({ reset, dryRun, signal, notice: context.note });
    const words = {
      loaded: `Loaded ${countOf(report.requests, "request")} and ${countOf(report.files, "file")}`,
      kept: "Requests are there already; --reset replaces them",
      planned: `Would load ${countOf(report.requests, "request")}; changed nothing`,
    };
    if (!serve || dryRun) return context.result(report, () => words[report.status]);

    context.note(words[report.status]);
    await using server = await openSampleServer(port);
    const address = `sftp://127.0.0.1:${server.port}`;
    context.result({ ...report, address, config_file: server.configFile }, () =>
      [
        `Serving the files at ${address} until Ctrl-C; in another terminal:`,
        `  export OPSDECK_CONFIG=${server.configFile}`,
        `  ${howToStart("find-requests", "find-requests")} --type PSAT --district 1001`,
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
    "read: the folder it is run from, and of ~/.local/state/opsdeck requests-sample and postgresql.json",
    "write: ~/.local/state/opsdeck/requests-sample",
    "env: opsdeck's own settings",
    "run: nothing",
  ],
  command,
};

if (import.meta.main) await runScript(script, import.meta.url);
