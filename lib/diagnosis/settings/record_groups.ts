/** Reading groups of settings as the scripts do, and keeping what was looked for. */

import {
  ConfigManager,
  ConfigurationError,
  isPastedKey,
  recordSettings,
  resolveCallerPath,
  type SettingLookup,
  settingType,
  variableName,
} from "../../core/mod.ts";
import {
  type SettingGroup,
  type SettingGroupName,
  settingGroupNames,
  settingGroups,
  type SettingScopes,
} from "./setting_groups.ts";

/** What the readers of a group looked for, and why they failed. */
export interface GroupRecord {
  /** The group. */
  name: SettingGroupName;
  /** By the settings' keys, all looks for each. */
  settings: ReadonlyMap<string, readonly SettingLookup[]>;
  /** One for each problem. */
  errors: ConfigurationError[];
}

/** Reads all groups. */
export async function recordGroups(scopes: SettingScopes): Promise<GroupRecord[]> {
  const records: GroupRecord[] = [];
  for (const name of settingGroupNames) {
    const group: SettingGroup = settingGroups[name];
    const scope = group.scope === undefined ? undefined : scopes[group.scope];
    const readers = await group.readers(scope);
    const read = readers.map((read) => recordSettings(() => void read()));
    const reached = new Set(read.flatMap(({ lookups }) => lookups.map(keyOf)));

    // A reader that fails may stop before it has looked for all. With nothing set it goes further.
    const blank = (await group.readers(undefined))
      .flatMap((read) => recordSettings(() => void read(), { isBlank: true }).lookups);
    const unreached = blank.filter((lookup) => !reached.has(keyOf(lookup)));
    const late = unreached.map((lookup) => recordSettings(() => void lookAgain(lookup, scope)));

    records.push({
      name,
      settings: Map.groupBy(
        [...read, ...late].flatMap(({ lookups }) => lookups),
        keyOf,
      ),
      errors: [...read, ...late].flatMap(({ error }) => error === undefined ? [] : leavesOf(error)),
    });
  }
  return records;
}

/** Readers spell a key in upper or in lower case. */
function keyOf({ key }: SettingLookup): string {
  return variableName(key);
}

/** Looks for a setting where a reader of the scope would. */
function lookAgain({ key, isSecret, meaning, places, ...wish }: SettingLookup, scope?: string) {
  // Some settings have a flow of their own, whatever the scope is.
  const [, ownFlow] = places.find(({ level }) => level === "flow")?.table?.split(".") ?? [];
  const config = new ConfigManager(ownFlow ?? scope);
  const { fallback } = wish;
  if (isSecret) return config.lookup(key, { secret: true, ...(meaning && { meaning }) });
  if (typeof fallback === "number") return config.getVariable(key, fallback, wish);
  if (typeof fallback === "boolean") return config.getVariable(key, fallback);
  const said = {
    type: settingType(fallback, wish),
    ...(fallback === undefined ? {} : { defaultText: String(fallback) }),
  };
  return config.lookup(key, { meaning: meaning ?? said });
}

/** Gives the errors of several readers that one error holds. */
export function leavesOf(error: ConfigurationError): ConfigurationError[] {
  if (!(error.cause instanceof AggregateError)) return [error];
  return error.cause.errors.flatMap((inner) =>
    inner instanceof ConfigurationError ? leavesOf(inner) : []
  );
}

/** A file that a secret is read from, and the variable that names it. */
export interface SecretFile {
  /** The group of the secret. */
  group: SettingGroupName;
  /** The variable, `<name>_FILE`. */
  variable: string;
  /** Its absolute path. */
  path: string;
}

/** Lists the files that secrets are read from, as the environment names them. */
export function secretFiles(records: readonly GroupRecord[]): SecretFile[] {
  return records.flatMap(({ name, settings }) => {
    const places = [...settings.values()].flat()
      .flatMap(({ isSecret, places }) => isSecret ? places : []);
    return [...new Set(places.map(({ variable }) => `${variable}_FILE`))].flatMap((variable) => {
      const path = Deno.env.get(variable) ?? "";
      // A key is no path: the reader of the setting says so.
      return path === "" || isPastedKey(path)
        ? []
        : [{ group: name, variable, path: resolveCallerPath(path) }];
    });
  });
}
