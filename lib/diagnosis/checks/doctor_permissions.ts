/** What the checks need of Deno's permissions, as narrow as the configuration tells. */

import { dirname } from "@std/path";
import type { PermissionNeeds } from "../../core/command_line/mod.ts";
import {
  ConfigManager,
  ConfigurationError,
  configurationFiles,
  OpsdeckError,
  opsdeckHome,
  resolveCallerPath,
} from "../../core/mod.ts";
import { leavesOf, settingsPermissions } from "../settings/mod.ts";
import { type CheckName, checkNames } from "./check.ts";
import { type DoctorScopes, settingScopesOf } from "./doctor_scopes.ts";

type Needs = () => Promise<PermissionNeeds>;

const needsOf: Readonly<Record<CheckName, (scopes: DoctorScopes) => Needs[]>> = {
  deno: () => [],
  configuration: settingsNeeds,
  permissions: settingsNeeds,
  state: () => [() => Promise.resolve({ read: [opsdeckHome()] })],
  disk: () => [diskNeeds],
  database: () => [queueNeeds, sourceNeeds],
  sftp: ({ projects, districts }) =>
    [undefined, ...projects, ...districts].map((project) => () => sftpNeeds(project)),
  jira: ({ profiles }) => [undefined, ...profiles].map((profile) => () => jiraNeeds(profile)),
  api: ({ projects }) => [undefined, ...projects].map((project) => () => apiNeeds(project)),
  ytdlp: () => [ytdlpNeeds],
  clock: () => [queueNeeds, sourceNeeds, () => apiNeeds(undefined)],
};

/**
 * Gives hosts, files and programs of some kinds of checks, or of all. What is not configured is not
 * talked to. Where a server is configured wrongly, the hosts are those of the set, so that it does
 * not keep the line from being printed.
 */
export async function doctorPermissions(
  scopes: DoctorScopes,
  only: readonly CheckName[] = [],
): Promise<PermissionNeeds> {
  const kinds = only.length === 0 ? checkNames : only;
  const all = await Promise.all(
    kinds.flatMap((kind) => needsOf[kind](scopes)).map((needs) => needs().catch(untold)),
  );
  const net = all.map((needs) => needs.net ?? []).flat();
  return {
    net: all.some((needs) => "net" in needs && needs.net === undefined) ? undefined : net,
    read: [...configurationFiles(new ConfigManager(), []), ...all.flatMap(({ read }) => read)],
    write: all.flatMap(({ write = [] }) => write),
    run: all.flatMap(({ run = [] }) => run),
  };
}

/** What is needed where the configuration does not tell. */
function untold(error: unknown): PermissionNeeds {
  if (error instanceof OpsdeckError && error.code === "EMBEDDED_NOT_RUNNING") {
    return { net: ["127.0.0.1"], read: [opsdeckHome()] };
  }
  if (!(error instanceof ConfigurationError)) throw error;
  const isUnset = leavesOf(error).every(({ code }) => code === "SETTING_MISSING");
  return { net: isUnset ? [] : undefined, read: [] };
}

function settingsNeeds(scopes: DoctorScopes): Needs[] {
  return settingScopesOf(scopes).map((one) => () => settingsPermissions(one));
}

async function diskNeeds(): Promise<PermissionNeeds> {
  const { downloadSettings } = await import("../../downloads/mod.ts");
  const downloads = resolveCallerPath(downloadSettings().downloadsDir);
  return { read: [opsdeckHome(), downloads, dirname(downloads)] };
}

async function queueNeeds(): Promise<PermissionNeeds> {
  return await (await import("../../queue/mod.ts")).queuePermissions({});
}

async function sourceNeeds(): Promise<PermissionNeeds> {
  return await (await import("../../requests/mod.ts")).requestPermissions({});
}

async function sftpNeeds(project: string | undefined): Promise<PermissionNeeds> {
  return (await import("../../sftp/mod.ts")).sftpPermissions({ projects: [project] });
}

async function jiraNeeds(profile: string | undefined): Promise<PermissionNeeds> {
  const { net, read } = (await import("../../jira/mod.ts")).jiraPermissions({ profile });
  // The state that its jobs write is nothing that a check writes.
  return { net, read };
}

async function apiNeeds(project: string | undefined): Promise<PermissionNeeds> {
  const { readDocumentApi } = await import("../../sftp/mod.ts");
  const { address: { hostname, port, protocol } } = readDocumentApi(project ?? "global");
  return {
    net: [`${hostname}:${port || (protocol === "https:" ? "443" : "80")}`],
    read: configurationFiles(new ConfigManager(project), ["API_SECRET"]),
  };
}

async function ytdlpNeeds(): Promise<PermissionNeeds> {
  const { ytdlpPath } = await import("../../downloads/mod.ts");
  return { read: [], run: [ytdlpPath(new ConfigManager("downloads")), "kill"] };
}
