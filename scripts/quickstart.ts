#!/usr/bin/env -S deno run -q --no-prompt --env-file -P=quickstart --allow-read=${PWD}/tests/fixtures,${HOME}/.local/state/opsdeck/quickstart-sftp,${HOME}/.local/state/opsdeck/postgresql.json --allow-write=${HOME}/.local/state/opsdeck/quickstart-sftp
/**
 * The first five minutes: loads surveys into the queue of the embedded PostgreSQL and lets three
 * workers process them; then claims documents from an SFTP server of its own into the queue.
 * Changes only its own flows, and a folder in ~/.local/state/opsdeck that it removes again.
 *
 * Example: deno task quickstart
 */

import { defineCommand, runScript, type Script } from "../lib/core/command_line/mod.ts";

const command = defineCommand({
  summary: "Load a file and drop documents, have them processed, look at what happened",
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
    const { queuePermissions } = await import("../lib/queue/mod.ts");
    const { dropFolder } = await import("../lib/sftp/document_drop.ts");
    const queue = await queuePermissions({ flowName: "quickstart", files: [options.file] });
    return {
      // The SFTP server takes a free port.
      net: [...queue.net, "127.0.0.1"],
      read: [...queue.read, dropFolder()],
      write: [...queue.write, dropFolder()],
    };
  },
  async run(options, context) {
    const queue = await import("../lib/queue/quickstart.ts");
    const { startDocumentDrop } = await import("../lib/sftp/document_drop.ts");
    const { default: handler } = await import("../tests/fixtures/survey_handler.ts");
    const surveys = await queue.runQuickstart({ file: options.file, handler, workers: 3 }, context);
    await using drop = await startDocumentDrop(context);
    const documents = await queue.runDocumentsTour({
      claim: (take) =>
        drop.poll((files) =>
          take(files.map(({ claimId, filename, backupPath }) => ({
            dedupeKey: claimId,
            payload: { filename, path: backupPath },
          })))
        ),
      handler: async ({ payload }) => ({ bytes: await drop.sizeOf(String(payload["path"])) }),
    }, context);
    context.result(
      { ...surveys.report, documents: documents.report },
      () => [surveys.text, documents.text, queue.whatToTypeNext()].join("\n"),
    );
  },
});

export const script: Script = {
  name: "quickstart",
  summary: command.summary,
  permissions: [
    "network: 127.0.0.1, where the embedded PostgreSQL and SFTP servers are",
    "read: tests/fixtures, and of ~/.local/state/opsdeck quickstart-sftp and postgresql.json",
    "write: ~/.local/state/opsdeck/quickstart-sftp (the documents, until the end)",
    "env: opsdeck's own settings; sys: the host's name",
    "run: nothing",
  ],
  command,
};

if (import.meta.main) await runScript(script, import.meta.url);
