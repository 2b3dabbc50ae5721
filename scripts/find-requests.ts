#!/usr/bin/env -S deno run -q --no-prompt --env-file -P=find-requests --allow-read=${PWD},${HOME}/.local/state/opsdeck/requests-sample,${HOME}/.local/state/opsdeck/postgresql.json
/**
 * Finds the latest data request of each district and type, or lists the types. Reads the requests'
 * database and changes nothing.
 *
 * Example: find-requests --type SAT --district 123 --ids | restore-files -
 */

import { defineCommand, runScript, type Script } from "../lib/core/command_line/mod.ts";

const options = {
  listTypes: {
    type: "boolean",
    description: "List types instead; NAME keeps those with it in them",
  },
  type: {
    type: "strings",
    placeholder: "NAME",
    description: "What the type's name begins with",
    defaultText: "all types",
  },
  typeId: {
    type: "strings",
    placeholder: "ID",
    description: "Type id",
    defaultText: "all types",
  },
  district: {
    type: "strings",
    placeholder: "ID",
    description: "District id",
    defaultText: "all districts",
  },
  status: {
    type: "strings",
    placeholder: "STATUS",
    description: "Status, from 1 (pending) to 6 (cancelled), or its name",
    defaultText: "4 (completed) and 5 (failed)",
  },
  ids: { type: "boolean", description: "Print the ids alone, for other scripts" },
} as const;

const command = defineCommand({
  summary: "Find the latest data requests of districts, or list their types",
  positionals: "[NAME]",
  options,
  examples: ["--type SAT --type PSAT --district 123", "--list-types PSAT --json"],
  async permissions() {
    const { requestPermissions } = await import("../lib/requests/mod.ts");
    return await requestPermissions({});
  },
  async run(options, context) {
    const requests = await import("../lib/requests/mod.ts");
    const criteria = requests.parseCriteria(options, context.positionals);
    const { signal } = context;
    await using manager = requests.openRequestManager({ notice: context.note, signal });
    if ("nameFilter" in criteria) {
      const types = await manager.listRequestTypes(criteria.nameFilter, { signal });
      context.result(types, () => requests.requestTypesText(types));
      return;
    }
    const pages = manager.findRequestPages(criteria, { signal });
    if (options.ids) {
      return await context.list(requests.requestIdPages(pages), (ids) => ids.join("\n"));
    }
    const table = new requests.RequestTable();
    await context.list(pages, (rows) => table.page(rows));
    if (!context.json) context.result(null, () => table.end());
  },
});

export const script: Script = {
  name: "find-requests",
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
