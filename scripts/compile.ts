#!/usr/bin/env -S deno run -q --no-prompt --env-file -P=compile --allow-run=deno,gzip,tar --allow-read=${PWD},${HOME}/.cache/deno,${HOME}/Library/Caches/deno --allow-write=${PWD}
/**
 * Builds executables of the scripts into ./dist, one file each, with their permissions baked in.
 *
 * It runs Deno itself, which bundles the scripts, and gzip and tar. Where a runtime for deno compile
 * is at hand, that is used; else an executable is a launcher that holds this machine's Deno.
 *
 * Example: deno task compile queue claim-batch
 */

import { defineCommand, runScript, type Script } from "../lib/core/command_line/mod.ts";

const command = defineCommand({
  summary: "Build executables of scripts, one file each, with their permissions baked in",
  positionals: "[SCRIPT …] [-- ARGUMENT …]",
  options: {
    out: {
      type: "string",
      placeholder: "FOLDER",
      default: "dist",
      description: "The folder of the executables",
    },
    narrow: {
      type: "boolean",
      description: "Bake in what one script needs with the words after -- and this configuration",
    },
    launcher: {
      type: "boolean",
      description: "Do without deno compile, even where its runtime is at hand",
    },
    dryRun: { type: "boolean", description: "Say what would be built, and change nothing" },
  },
  examples: ["queue claim-batch", "queue --narrow -- status --flow survey_processor"],
  async permissions({ out }) {
    const { buildPermissions } = await import("../lib/binaries/mod.ts");
    return buildPermissions(out);
  },
  async run({ out, narrow, launcher, dryRun }, context) {
    const { buildExecutables, buildText, splitWords } = await import("../lib/binaries/mod.ts");
    const { resolveCallerPath } = await import("../lib/core/mod.ts");
    const { scripts, narrowTo } = splitWords(context.positionals, Deno.args, { narrow });
    const report = await buildExecutables(
      { scripts, narrowTo, out: resolveCallerPath(out), launcherOnly: launcher, dryRun },
      context,
    );
    context.result(report, () => buildText(report));
  },
});

export const script: Script = {
  name: "compile",
  summary: command.summary,
  permissions: [
    "run: deno, gzip, tar; what deno is given to do is not limited by these permissions",
    "read: the folder it is run from, and Deno's package cache",
    "write: the folder it is run from (dist)",
    "network: dl.deno.land, asked for the runtime of deno compile",
    "env: opsdeck's own settings, DENO_DIR and DENORT_BIN",
  ],
  command,
};

if (import.meta.main) await runScript(script, import.meta.url);
