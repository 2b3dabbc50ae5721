#!/usr/bin/env -S deno run -q --no-prompt --env-file -P=show-config --allow-read=${PWD},${HOME}/.local/state/opsdeck
/**
 * Shows the settings of all scripts: value, default, where each came from, and what is wrong.
 * Changes nothing and talks to nobody; reads the environment's opsdeck variables, the configuration
 * file and the files of secrets, whose values it never shows.
 *
 * Example: show-config poll-sftp --project acme
 */

import { defineCommand, runScript, type Script } from "../lib/core/command_line/mod.ts";

const library = () => import("../lib/diagnosis/mod.ts");

const command = defineCommand({
  summary: "Show every setting, where it came from, and what is missing, malformed or misspelt",
  positionals: "[SCRIPT …]",
  options: {
    flow: {
      type: "string",
      placeholder: "NAME",
      description: "Show the queue's settings as they are for this flow",
    },
    profile: {
      type: "string",
      placeholder: "NAME",
      description: "Show Jira's settings as they are for this profile",
    },
    project: {
      type: "string",
      placeholder: "NAME",
      description: "Show the SFTP settings as they are for this project",
    },
    district: {
      type: "integer",
      min: 1,
      description: "Show the SFTP settings as they are for this district of data requests",
    },
    problems: { type: "boolean", description: "Show only what is wrong" },
  },
  examples: ["", "poll-sftp --project acme --problems"],
  async permissions(options) {
    const { settingsPermissions, settingsScopes } = await library();
    return await settingsPermissions(await settingsScopes(options));
  },
  async run(options, context) {
    const settings = await library();
    settings.checkScriptNames(context.positionals);
    const report = await settings.readSettingsReport({
      scopes: await settings.settingsScopes(options),
      scripts: context.positionals,
    });
    context.result(
      options.problems ? { ...report, settings: [] } : report,
      () => settings.settingsText(report, { problemsOnly: options.problems }),
    );
    return settings.settingsExitCode(report);
  },
});

export const script: Script = {
  name: "show-config",
  summary: command.summary,
  permissions: [
    "network: none",
    "read: the folder it is run from, and ~/.local/state/opsdeck (configuration, secrets' files)",
    "write: nothing",
    "env: opsdeck's own settings, and names that are like them",
    "run: nothing",
  ],
  command,
  reportsConfiguration: true,
};

if (import.meta.main) await runScript(script, import.meta.url);
