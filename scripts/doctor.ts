#!/usr/bin/env -S deno run -q --no-prompt --env-file -P=doctor --allow-run=yt-dlp,kill --allow-read=${PWD},${HOME}/.local/state/opsdeck
/**
 * Checks this machine and all that opsdeck talks to: databases, SFTP, Jira, the API, yt-dlp, disks,
 * clock, configuration. Says of each how it is and what to do. Changes nothing: it may write nowhere.
 *
 * Example: doctor --project acme --only sftp,api
 */

import { defineCommand, runScript, type Script } from "../lib/core/command_line/mod.ts";
import type { DoctorScopes } from "../lib/diagnosis/mod.ts";

const library = () => import("../lib/diagnosis/mod.ts");

async function scopesOf(
  { project, district, profile }: { project: string[]; district: string[]; profile: string[] },
): Promise<DoctorScopes> {
  const { districtScope, parseIds } = await import("../lib/requests/mod.ts");
  return {
    projects: project,
    districts: parseIds(district, "district id").map(districtScope),
    profiles: profile,
  };
}

const command = defineCommand({
  summary: "Check this machine and all servers, and say what to do; nothing is changed",
  options: {
    only: {
      type: "strings",
      placeholder: "NAMES",
      description: "Only these checks, separated by commas: deno, configuration, permissions, " +
        "state, disk, database, sftp, jira, api, ytdlp, clock",
      defaultText: "all",
    },
    project: {
      type: "strings",
      placeholder: "NAME",
      description: "Check the SFTP server and the API of this project too",
    },
    district: {
      type: "strings",
      placeholder: "ID",
      description: "Check the SFTP server of this district too",
    },
    profile: {
      type: "strings",
      placeholder: "NAME",
      description: "Check the Jira of this profile too",
    },
  },
  examples: ["", "--project acme --only sftp,api --json"],
  async permissions({ only, ...scopes }) {
    const { doctorPermissions, parseCheckNames } = await library();
    return await doctorPermissions(await scopesOf(scopes), parseCheckNames(only));
  },
  async run({ only, ...scopes }, context) {
    const { checksExitCode, checksText, doctorChecks, parseCheckNames, runChecks } =
      await library();
    const checks = doctorChecks(await scopesOf(scopes), parseCheckNames(only));
    using progress = context.progress({ label: "Checking", total: checks.length });
    const results = await runChecks(checks, {
      signal: context.signal,
      onChecked: () => progress.advance(1),
    });
    progress[Symbol.dispose]();
    const exitCode = checksExitCode(results);
    context.result({ checks: results, exit_code: exitCode }, () => checksText(results));
    return exitCode;
  },
});

export const script: Script = {
  name: "doctor",
  summary: command.summary,
  permissions: [
    "network: the servers that the configuration names",
    "read: the folder it is run from, and ~/.local/state/opsdeck",
    "write: nothing",
    "env: opsdeck's own settings, and names that are like them; sys: disk space, the user's number",
    "run: yt-dlp (to ask its version), and kill to end it",
  ],
  command,
  reportsConfiguration: true,
};

if (import.meta.main) await runScript(script, import.meta.url);
