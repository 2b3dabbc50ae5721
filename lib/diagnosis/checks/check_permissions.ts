/** Whether the folders that the tasks allow hold the files that the configuration names. */

import { join, relative } from "@std/path";
import {
  bakedFlags,
  callerDirectory,
  type CheckFinding,
  ConfigManager,
  configurationFiles,
  opsdeckHome,
  resolveCallerPath,
} from "../../core/mod.ts";
import manifest from "../../../deno.json" with { type: "json" };
import { groupsOf, type SecretFile, type SettingsReport } from "../settings/mod.ts";

/** The settings that are paths, and whether scripts write there. */
const pathSettings: Readonly<Record<string, Kind>> = {
  SFTP_PRIVATE_KEY: "read",
  SFTP_KNOWN_HOSTS: "read",
  JIRA_CA_FILE: "read",
  CSV_PATH: "write",
  DOWNLOADS_DIR: "write",
};

interface NamedPath {
  /** The variable that names it, and what it says. */
  name: string;
  path: string;
  kind: Kind;
  /** Gives where a script goes, by its name and the folders that its task allows. */
  placesOf(script: string, allowed: readonly string[]): string[];
}

type Kind = "read" | "write";

/** Gives one finding a path that lies outside of what its scripts' tasks allow, or one that none does. */
export function checkPermissions(
  report: SettingsReport,
  secretFiles: readonly SecretFile[],
  tasks: Readonly<Record<string, unknown>> = manifest.tasks,
): CheckFinding[] {
  if (bakedFlags() !== undefined) {
    return [{ status: "ok", found: "an executable has its permissions built in" }];
  }
  const folders = allowedFolders(tasks);
  const findings = namedPaths(report, secretFiles).flatMap(
    ({ name, path, kind, placesOf }) => {
      const refused = [...folders].filter(([script, { [kind]: allowed }]) =>
        placesOf(script, allowed).some((place) => !allowed.some((one) => isInside(place, one)))
      ).map(([script]) => script);
      if (refused.length === 0) return [];
      return [{
        status: "warning" as const,
        found: `${name} is ${path}, which these tasks may not ${kind}: ${refused.join(", ")}`,
        advice: "run such a script by the line that its --print-permissions prints",
      }];
    },
  );
  // Several scopes may name a file under one name.
  if (findings.length > 0) return [...new Map(findings.map((one) => [one.found, one])).values()];
  return [{ status: "ok", found: "the tasks allow every path that the configuration names" }];
}

function namedPaths(
  { settings }: SettingsReport,
  secretFiles: readonly SecretFile[],
): NamedPath[] {
  const [file = ""] = configurationFiles(new ConfigManager(), []);
  const isFileNamed = (Deno.env.get("OPSDECK_CONFIG") ?? "") !== "";
  return [
    { name: "OPSDECK_HOME", path: opsdeckHome(), kind: "read", placesOf: statePlaces },
    { name: "OPSDECK_HOME", path: opsdeckHome(), kind: "write", placesOf: statePlaces },
    {
      name: "OPSDECK_CONFIG",
      path: file,
      kind: "read",
      placesOf: () => isFileNamed ? [file] : [],
    },
    ...secretFiles.map(({ variable, path, group }): NamedPath => ({
      name: variable,
      path,
      kind: "read",
      placesOf: (script) => groupsOf(script).includes(group) ? [path] : [],
    })),
    ...settings.flatMap(({ name, value, scripts }): NamedPath[] => {
      const [, kind] = Object.entries(pathSettings).find(([key]) => name.endsWith(`_${key}`)) ?? [];
      if (kind === undefined || typeof value !== "string") return [];
      const path = resolveCallerPath(value);
      return [{ name, path, kind, placesOf: (script) => scripts.includes(script) ? [path] : [] }];
    }),
  ];
}

/** Tasks allow places in the state folder where it is by default; the same are needed elsewhere. */
function statePlaces(_script: string, allowed: readonly string[]): string[] {
  const usual = join(Deno.env.get("HOME") ?? "", ".local/state/opsdeck");
  return allowed.filter((folder) => isInside(folder, usual))
    .map((folder) => join(opsdeckHome(), relative(usual, folder)));
}

/** By the scripts' names, what their tasks allow. */
function allowedFolders(
  tasks: Readonly<Record<string, unknown>>,
): Map<string, Record<Kind, string[]>> {
  const folders = new Map<string, Record<Kind, string[]>>();
  for (const task of Object.values(tasks)) {
    const command = typeof task === "object" && task !== null ? Reflect.get(task, "command") : task;
    if (typeof command !== "string") continue;
    const [, script] = / -P=(\S+) /.exec(command) ?? [];
    if (script === undefined) continue;
    folders.set(script, {
      read: listOf(command, "--allow-read|-R"),
      write: listOf(command, "--allow-write|-W"),
    });
  }
  return folders;
}

function listOf(command: string, flags: string): string[] {
  const [, list = ""] = new RegExp(`(?:^|[ "])(?:${flags})=([^" ]*)`).exec(command) ?? [];
  const home = Deno.env.get("HOME") ?? "";
  return list.split(",").filter((folder) => folder !== "").map((folder) =>
    folder.replace("$INIT_CWD", callerDirectory()).replace("$HOME", home)
  ).map((folder) => folder.startsWith("/") ? folder : join(callerDirectory(), folder));
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith("../"));
}
