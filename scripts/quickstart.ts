#!/usr/bin/env -S deno run -q --no-prompt --env-file -P=quickstart --allow-read=${PWD}/tests/fixtures,${HOME}/.local/state/opsdeck
/**
 * The first five minutes: loads a file of surveys into the queue of the embedded PostgreSQL, lets
 * three workers process them, and shows the status and the failures. Changes only its own flow.
 *
 * Example: deno task quickstart
 */

import { defineCommand, runScript, type Script } from "../lib/core/command_line/mod.ts";

const command = defineCommand({
  summary: "Load a file, work on it with three workers, look at what happened",
  options: {
    file: {
      type: "string",
      placeholder: "FILE",
      default: "tests/fixtures/surveys.csv",
      description: "The surveys",
    },
  },
  examples: ["", "--json"],
  async permissions(options) {
    const queue = await import("../lib/queue/mod.ts");
    return await queue.queuePermissions({ flowName: "quickstart", files: [options.file] });
  },
  async run(options, context) {
    const { runQuickstart } = await import("../lib/queue/quickstart.ts");
    const { default: handler } = await import("../tests/fixtures/survey_handler.ts");
    return await runQuickstart({ file: options.file, handler, workers: 3 }, context);
  },
});

export const script: Script = {
  name: "quickstart",
  summary: command.summary,
  permissions: [
    "network: 127.0.0.1, where the embedded PostgreSQL is",
    "read: tests/fixtures and ~/.local/state/opsdeck",
    "env: opsdeck's own settings; sys: the host's name",
    "write, run: nothing",
  ],
  command,
};

if (import.meta.main) await runScript(script, import.meta.url);
