/** Every effective setting, and what is wrong with the configuration. */

import {
  ConfigurationError,
  type Environment,
  ExitCode,
  readConfigFile,
  type SettingLookup,
} from "../../core/mod.ts";
import {
  type EffectiveSetting,
  effectiveSetting,
  isSecretSetting,
  withoutLogin,
} from "./effective_setting.ts";
import { readPlaceSettings } from "./place_settings.ts";
import { type GroupRecord, leavesOf, recordGroups } from "./record_groups.ts";
import { groupsOf, scriptSettings, scriptsOf } from "./script_settings.ts";
import { type SettingGroup, settingGroups, type SettingScopes } from "./setting_groups.ts";
import {
  type FileEntry,
  findUnread,
  type KnownSetting,
  type UnreadSetting,
} from "./unread_settings.ts";

/** Something that is wrong with the configuration. */
export interface SettingProblem {
  /** `missing`: not set and needed. `invalid`: set, and of no use. */
  kind: "missing" | "invalid";
  /** The scripts that it stops, of those that were asked for; an empty list means all. */
  scripts: string[];
  /** What is wrong, and what to do. */
  message: string;
}

/** The settings of a run from this folder with this environment. */
export interface SettingsReport {
  /** The environment, as `ENVIRONMENT` says; null when it names none, and then little is read. */
  environment: Environment | null;
  /** All settings, by group. */
  settings: EffectiveSetting[];
  /** What is missing or cannot be used: the scripts named would not run. */
  problems: SettingProblem[];
  /** What looks like a setting and is read by nothing. */
  unread: UnreadSetting[];
}

/** What {@link readSettingsReport} looks at. */
export interface SettingsReportOptions {
  /** Looks for the settings of these first. */
  scopes?: SettingScopes;
  /** Only the settings of these scripts, which must be whole then. Defaults to all scripts. */
  scripts?: readonly string[];
}

/**
 * Reads every setting as the scripts do, and gives what came of it.
 *
 * A group of settings of which nothing is set is not in use, and so lacks nothing, unless a script
 * is named that needs it.
 */
export async function readSettingsReport(
  { scopes = {}, scripts = [] }: SettingsReportOptions = {},
): Promise<SettingsReport> {
  const place = readPlaceSettings();
  const problems = place.errors.flatMap(leavesOf).map(({ message }): SettingProblem => ({
    kind: "invalid",
    scripts: [],
    message: withoutLogin(message),
  }));
  const { environment } = place;
  if (environment === null) return { ...place, environment, problems, unread: [] };

  const all = await recordGroups(scopes);
  const names = new Set(scripts.flatMap(groupsOf));
  const shown = scripts.length === 0 ? all : all.filter(({ name }) => names.has(name));
  const read = shown.map((group) => {
    const isNeeded = scripts.some((script) => scriptSettings[script]?.needs.includes(group.name));
    const problems = problemsOf(group, isNeeded || isBegun(group, all));
    return { problems, settings: settingsOf(group, problems) };
  });
  return {
    environment,
    settings: [...place.settings, ...withoutRepeats(read.flatMap(({ settings }) => settings))],
    problems: joinScripts([...problems, ...read.flatMap(({ problems }) => problems)], scripts),
    unread: findUnread(
      environment,
      all.flatMap((group) => knownSettings(group, scopes)),
      Object.keys(Deno.env.toObject()).sort(),
      fileEntries(),
    ),
  };
}

/** Gives 2 when something is missing or invalid; a name that nothing reads may be another's. */
export function settingsExitCode({ problems }: SettingsReport): number {
  return problems.length === 0 ? ExitCode.success : ExitCode.configuration;
}

/** Something is set that has no default and that no other group reads. */
function isBegun(group: GroupRecord, all: readonly GroupRecord[]): boolean {
  const others = all.filter(({ name }) => name !== group.name);
  return [...group.settings].some(([key, lookups]) =>
    lookups.some(({ source }) => source !== undefined) &&
    lookups.every(({ fallback, meaning }) => (fallback ?? meaning?.defaultText) === undefined) &&
    !others.some(({ settings }) => settings.has(key))
  );
}

interface GroupProblem extends SettingProblem {
  /** The variables or sources that it is about. */
  about: string[];
}

function problemsOf(group: GroupRecord, isInUse: boolean): GroupProblem[] {
  return group.errors.flatMap((error): GroupProblem[] => {
    const kind = error.code === "SETTING_MISSING" ? "missing" : "invalid";
    if (kind === "missing" && !isInUse) return [];
    const { setting, variable, candidates } = error.context;
    const about = [setting, variable, ...Array.isArray(candidates) ? candidates : []];
    return [{
      kind,
      scripts: scriptsOf(group.name),
      message: withoutLogin(error.message),
      about: about.filter((name) => typeof name === "string"),
    }];
  });
}

function settingsOf(group: GroupRecord, problems: readonly GroupProblem[]): EffectiveSetting[] {
  return [...group.settings.values()].map((lookups) => {
    const setting = effectiveSetting(group.name, scriptsOf(group.name), lookups);
    if (setting.status === "invalid") return setting;
    const names = [setting.source, ...setting.variables.flatMap((name) => [name, `${name}_FILE`])];
    const problem = problems.find(({ about }) => about.some((name) => names.includes(name)));
    return problem === undefined ? setting : { ...setting, status: problem.kind };
  });
}

/** A setting that several groups read is shown once: where it is missing, else where it is last. */
function withoutRepeats(settings: readonly EffectiveSetting[]): EffectiveSetting[] {
  const byName = Map.groupBy(settings, ({ name }) => name);
  return settings.flatMap((setting) => {
    const same = byName.get(setting.name) ?? [];
    const best = same.find(({ status }) => status === "missing" || status === "invalid") ??
      same.at(-1);
    if (best !== setting) return [];
    const scripts = [...new Set(same.flatMap(({ scripts }) => scripts))].sort();
    return [{ ...setting, scripts }];
  });
}

function joinScripts(
  problems: readonly SettingProblem[],
  asked: readonly string[],
): SettingProblem[] {
  const isAsked = (script: string) => asked.length === 0 || asked.includes(script);
  return [...Map.groupBy(problems, ({ message }) => message)].map(([message, same]) => {
    const isForAll = same.some(({ scripts }) => scripts.length === 0);
    const stopped = isForAll ? [] : same.flatMap(({ scripts }) => scripts).filter(isAsked);
    const scripts = [...new Set(stopped)].sort();
    return { kind: same[0]?.kind ?? "invalid", scripts, message };
  });
}

function knownSettings(group: GroupRecord, scopes: SettingScopes): KnownSetting[] {
  const { scope }: SettingGroup = settingGroups[group.name];
  return [...group.settings].map(([key, lookups]) => ({
    key,
    variables: [...new Set(lookups.flatMap(({ places }) => places.map((p) => p.variable)))],
    isScoped: scope !== undefined && !isOfFixedFlow(lookups, scopes[scope]),
    isSecret: isSecretSetting(lookups),
  }));
}

/** Some settings of a scoped group stand under a flow of their own, whatever the scope is. */
function isOfFixedFlow(lookups: readonly SettingLookup[], scope: string | undefined): boolean {
  return lookups.flatMap(({ places }) => places).some(({ level, table = "" }) =>
    level === "flow" && (scope === undefined || !table.endsWith(`.${scope}`))
  );
}

function fileEntries(): FileEntry[] {
  try {
    return [...readConfigFile()].map(([variable, { source }]) => ({ variable, source }));
  } catch (error) {
    if (error instanceof ConfigurationError) return []; // it is among the problems
    throw error;
  }
}
