#!/usr/bin/env -S deno run -q --no-prompt --env-file -P=completion --allow-read=${PWD}
/**
 * Prints the completion of all scripts for a shell: their commands, options and values, by name, by
 * path and after `deno task`. It changes nothing and needs no network; the read permission is for
 * the configuration of its log.
 *
 * Example: deno task completion bash > ~/.opsdeck_completion.bash
 */

import { fromFileUrl } from "@std/path";
import manifest from "../deno.json" with { type: "json" };
import {
  type AnyCommand,
  defineCommand,
  runScript,
  type Script,
} from "../lib/core/command_line/mod.ts";
import type { Shell } from "../lib/core/command_line/completion/mod.ts";

function loadScripts(): Promise<{ script: Script }[]> {
  return Promise.all([
    import("./bulk-download.ts"),
    import("./claim-batch.ts"),
    import("./compile.ts"),
    { script },
    import("./database.ts"),
    import("./doctor.ts"),
    import("./download-files.ts"),
    import("./find-requests.ts"),
    import("./jira-batch.ts"),
    import("./monitor-integrations.ts"),
    import("./poll-sftp.ts"),
    import("./queue.ts"),
    import("./quickstart.ts"),
    import("./refresh-districts.ts"),
    import("./rerun.ts"),
    import("./restore-files.ts"),
    import("./sample-requests.ts"),
    import("./sftp-files.ts"),
    import("./show-config.ts"),
    import("./track-downloads.ts"),
  ]);
}

function completionFor(shell: Shell): AnyCommand {
  return defineCommand({
    summary: `Print the completion for ${shell}`,
    options: {},
    examples: [`> ~/.opsdeck_completion.${shell}`, "--json"],
    permissions: () => Promise.resolve({ net: [], read: [] }),
    async run(_options, context) {
      const kit = await import("../lib/core/command_line/completion/mod.ts");
      const { bakedFlags } = await import("../lib/core/mod.ts");
      const modules = await loadScripts();
      const text = kit.completionScript(shell, {
        scripts: modules.map((module) => kit.completionWords(module.script)),
        // An executable has no repository whose tasks could be run.
        tasks: bakedFlags() === undefined ? kit.taskWords(manifest.tasks) : [],
        folder: fromFileUrl(new URL("..", import.meta.url)).replace(/\/$/, ""),
      });
      context.result({ shell, script: text }, () => text.trimEnd());
    },
  });
}

export const script: Script = {
  name: "completion",
  summary: "Print a shell's completion of all scripts, their commands, options and values",
  permissions: [
    "network: nothing",
    "read: the folder it is run from (settings of the log)",
    "write: nothing",
    "env: the settings of the log",
    "run: nothing",
  ],
  commands: {
    bash: completionFor("bash"),
    zsh: completionFor("zsh"),
    fish: completionFor("fish"),
  },
};

if (import.meta.main) await runScript(script, import.meta.url);
