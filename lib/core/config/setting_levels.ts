/** The places at which a setting is looked for, the most specific first. */

import type { Environment } from "./environment_name.ts";
import { variableName } from "./variable_name.ts";

/** How specific a setting is: of one flow, one database, the environment, all, or a bare variable. */
export type SettingLevel = "flow" | "database" | "environment" | "global" | "bare";

/** One place at which a setting is looked for. */
export interface SettingPlace {
  /** How specific it is. */
  level: SettingLevel;
  /** The environment variable, which is the setting's name in the file as well. */
  variable: string;
  /** The table of the file, such as `development.rpa1`; none for a bare variable. */
  table?: string;
}

/** The bare variables of the references, the program that downloads run, and how a run logs. */
const bareVariables: Readonly<Record<string, readonly string[]>> = {
  SOURCE_FILES: ["SOURCE_FILES"],
  IN_PROGRESS_PATH: ["IN_Progress_Path", "IN_PROGRESS_PATH"],
  PROFILE_CODE: ["PROFILE_CODE"],
  DOC_AI_API_URL: ["DOC_AI_API_URL"],
  YTDLP_PATH: ["YTDLP_PATH"],
  LOG_LEVEL: ["LOG_LEVEL"],
  LOG_FORMAT: ["LOG_FORMAT"],
};

/**
 * Lists the places for a key: `{environment}.{flow}.{key}`, `{environment}.global.{key}`,
 * `global.{key}` (reference: queue, Configuration Hierarchy), and last the bare variable where a
 * reference names one. What a database may have of its own stands after the flow's:
 * `{environment}.{database}.{key}` (reference: requests, CredentialManager).
 */
export function settingPlaces(
  environment: Environment,
  flow: string | undefined,
  key: string,
  database?: string,
): SettingPlace[] {
  const places: SettingPlace[] = [];
  const scopes = [{ level: "flow", scope: flow }, { level: "database", scope: database }] as const;
  for (const { level, scope } of scopes) {
    if (scope === undefined || variableName(scope) === "GLOBAL") continue;
    const variable = variableName(environment, scope, key);
    if (places.some((place) => place.variable === variable)) continue;
    places.push({ level, variable, table: `${environment}.${scope}` });
  }
  places.push(
    {
      level: "environment",
      variable: variableName(environment, "global", key),
      table: `${environment}.global`,
    },
    { level: "global", variable: variableName("global", key), table: "global" },
  );
  for (const variable of bareVariables[variableName(key)] ?? []) {
    places.push({ level: "bare", variable });
  }
  return places;
}
