/** Which checks there are for this configuration, each with the subject's own way to look. */

import {
  type CheckFinding,
  ConfigManager,
  ConfigurationError,
  opsdeckHome,
  resolveCallerPath,
} from "../../core/mod.ts";
import { recordGroups, type SecretFile, secretFiles } from "../settings/mod.ts";
import type { Check, CheckName } from "./check.ts";
import { checkClock } from "./check_clock.ts";
import { checkConfiguration } from "./check_configuration.ts";
import { checkDeno } from "./check_deno.ts";
import { checkDisk } from "./check_disk.ts";
import { checkPermissions } from "./check_permissions.ts";
import { checkStateFolder } from "./check_state_folder.ts";
import { type DoctorScopes, readJoinedSettings, settingScopesOf } from "./doctor_scopes.ts";

/**
 * Gives the checks of some kinds, or of all.
 *
 * A server whose time is compared is looked at once, also when it is checked itself.
 */
export function doctorChecks(
  scopes: DoctorScopes,
  only: readonly CheckName[] = [],
): Check[] {
  const { projects, districts, profiles } = scopes;
  const global = [undefined];
  const queue = once(checkQueueDatabase);
  const source = once(checkSourceDatabase);
  const api = once((signal) => checkApi(undefined, signal));
  const checks: Check[] = [
    { name: "deno", subject: "", look: () => Promise.resolve(checkDeno()) },
    {
      name: "configuration",
      subject: "",
      look: async () => checkConfiguration(await readJoinedSettings(scopes)),
    },
    { name: "permissions", subject: "", look: () => lookAtPermissions(scopes) },
    { name: "state", subject: "", look: () => checkStateFolder() },
    { name: "disk", subject: "state", look: () => lookAtDisk(() => opsdeckHome()) },
    { name: "disk", subject: "downloads", look: () => lookAtDisk(downloadsFolder) },
    { name: "database", subject: "rpa_db", look: queue },
    { name: "database", subject: "SurveyHub", look: source },
    ...[...global, ...projects, ...districts].map((scope): Check => ({
      name: "sftp",
      subject: scope ?? "global",
      look: async (signal) => (await import("../../sftp/mod.ts")).checkSftpServer(scope, signal),
    })),
    ...[...global, ...profiles].map((profile): Check => ({
      name: "jira",
      subject: profile ?? "global",
      look: async (signal) => (await import("../../jira/mod.ts")).checkJira(profile, signal),
    })),
    { name: "api", subject: "global", look: api },
    ...projects.map((project): Check => ({
      name: "api",
      subject: project,
      look: (signal) => checkApi(project, signal),
    })),
    {
      name: "ytdlp",
      subject: "",
      deadlineMs: 90_000,
      look: async (signal) => (await import("../../downloads/mod.ts")).checkYtdlp(signal),
    },
    {
      name: "clock",
      subject: "",
      async look(signal) {
        const ask = (look: typeof queue) => look(signal).catch(() => undefined);
        const [queueTime, sourceTime, apiTime] = await Promise.all([queue, source, api].map(ask));
        return checkClock([
          ["the database rpa_db", queueTime],
          ["the database SurveyHub", sourceTime],
          ["the document API", apiTime],
        ]);
      },
    },
  ];
  return only.length === 0 ? checks : checks.filter(({ name }) => only.includes(name));
}

type Look = (signal: AbortSignal) => Promise<CheckFinding>;

/** The first call looks; the others get what it found. */
function once(look: Look): Look {
  let found: Promise<CheckFinding> | undefined;
  return (signal) => found ??= look(signal);
}

const checkQueueDatabase: Look = async (signal) => {
  const { checkDatabase } = await import("../../database/mod.ts");
  const { checkQueueTables } = await import("../../queue/mod.ts");
  return await checkDatabase("rpa_db", { checkTables: checkQueueTables, signal });
};

const checkSourceDatabase: Look = async (signal) => {
  const { checkDatabase } = await import("../../database/mod.ts");
  const { checkRequestTables } = await import("../../requests/mod.ts");
  return await checkDatabase("SurveyHub", { checkTables: checkRequestTables, signal });
};

async function checkApi(project: string | undefined, signal: AbortSignal): Promise<CheckFinding> {
  const { checkDocumentApi } = await import("../../sftp/mod.ts");
  return await checkDocumentApi(project, signal);
}

async function lookAtPermissions(scopes: DoctorScopes): Promise<CheckFinding[]> {
  const records = await Promise.all(settingScopesOf(scopes).map(recordGroups));
  const files = [...secretFiles(records.flat()), ...await authorityFiles()];
  return checkPermissions(await readJoinedSettings(scopes), files);
}

/** Connection strings name files as well. */
async function authorityFiles(): Promise<SecretFile[]> {
  const { databaseSettings } = await import("../../database/mod.ts");
  const databases = [["rpa_db", "queue_database"], ["SurveyHub", "source_database"]] as const;
  return databases.flatMap(([name, group]): SecretFile[] => {
    try {
      const settings = databaseSettings(new ConfigManager(), name);
      const path = settings.embedded ? undefined : settings.target.tls.caFile;
      const variable = `the file of authorities in the connection string of ${name}`;
      return path === undefined ? [] : [{ group, variable, path }];
    } catch (error) {
      if (error instanceof ConfigurationError) return []; // said by another check
      throw error;
    }
  });
}

async function downloadsFolder(): Promise<string> {
  const { downloadSettings } = await import("../../downloads/mod.ts");
  return resolveCallerPath(downloadSettings().downloadsDir);
}

async function lookAtDisk(folder: () => string | Promise<string>): Promise<CheckFinding> {
  const { alertThresholdSettings } = await import("../../downloads/mod.ts");
  const { minFreeDiskGb } = alertThresholdSettings(new ConfigManager("downloads"));
  return await checkDisk(await folder(), minFreeDiskGb);
}
