/** From the looks for a setting to what holds of it. */

import { redact, Secret, settingType } from "../../core/mod.ts";
import type { SettingLookup } from "../../core/mod.ts";
import type { SettingGroupName } from "./setting_groups.ts";

/** What holds of a setting. */
export interface EffectiveSetting {
  /** The group that it is shown in; `place` are the variables that say where opsdeck looks. */
  group: SettingGroupName | "place";
  /** The environment variable to set. */
  name: string;
  /** The scripts that read it; an empty list means all. */
  scripts: string[];
  /** Its value, a default included; `***` for a secret; null when there is none. */
  value: string | number | boolean | string[] | null;
  /** What it must be. */
  type: string;
  /** What holds when it is not set; null when nothing does. */
  default: string | number | boolean | string[] | null;
  /** What supplied it: a variable's name, `opsdeck.toml [table] key`, or null. */
  source: string | null;
  /** How specific that is. */
  level: "flow" | "database" | "environment" | "global" | "bare" | "default" | null;
  /** `missing` is needed and not set, `invalid` is set and of no use. */
  status: "set" | "default" | "unset" | "missing" | "invalid";
  /** Every variable under which it is looked for, the most specific first. */
  variables: string[];
  /** The tables of the configuration file under which it is looked for, the same way. */
  tables: string[];
}

/** Whether any of the looks was for a secret. */
export function isSecretSetting(lookups: readonly SettingLookup[]): boolean {
  return lookups.some(({ isSecret }) => isSecret);
}

/**
 * Makes one setting of all looks for it; what is missing or invalid is for the caller to say.
 *
 * @param lookups at least one, all of the same key
 */
export function effectiveSetting(
  group: SettingGroupName,
  scripts: string[],
  lookups: readonly SettingLookup[],
): EffectiveSetting {
  const isSecret = isSecretSetting(lookups);
  const places = lookups[0]?.places ?? [];
  const found = lookups.find(({ source }) => source !== undefined);
  const fallback = lookups.map(defaultOf).find((value) => value !== null) ?? null;
  const isInvalid = lookups.some((lookup) =>
    lookup.problem !== undefined && lookup.source !== undefined
  );
  const isDefault = found === undefined && !isInvalid && fallback !== null;
  const typed = lookups.find(({ value }) => value !== undefined && typeof value !== "string");
  return {
    group,
    scripts,
    name: places[0]?.variable ?? "",
    value: isDefault ? fallback : shown(typed?.value ?? found?.value, isSecret),
    type: typeOf(lookups, isSecret),
    default: fallback,
    source: found?.source ?? null,
    level: found?.level ?? (isDefault ? "default" : null),
    status: isInvalid ? "invalid" : found !== undefined ? "set" : isDefault ? "default" : "unset",
    variables: places.map(({ variable }) => variable),
    tables: places.flatMap(({ table }) => table === undefined ? [] : [table]),
  };
}

function defaultOf({ fallback, meaning }: SettingLookup): EffectiveSetting["default"] {
  if (meaning?.defaultText !== undefined) return meaning.defaultText;
  if (fallback === undefined) return null;
  return typeof fallback === "object" ? [...fallback] : fallback;
}

function typeOf(lookups: readonly SettingLookup[], isSecret: boolean): string {
  const said = lookups.map(({ meaning }) => meaning?.type).find((type) => type !== undefined);
  if (said !== undefined) return said;
  if (isSecret) return "secret";
  const types = lookups.map((lookup) => settingType(lookup.fallback, lookup));
  return types.find((type) => type !== "text") ?? "text";
}

function shown(
  value: SettingLookup["value"],
  isSecret: boolean,
): EffectiveSetting["value"] {
  if (value === undefined) return null;
  if (isSecret || value instanceof Secret) return "***";
  if (typeof value === "string") return withoutLogin(value);
  return typeof value === "object" ? value.map(withoutLogin) : value;
}

/**
 * Masks the logins and the values of queries in a text's addresses: either may be a password
 * although the setting is no secret one. A login ends at the last `@`, as a password that was not
 * encoded may have any character.
 */
export function withoutLogin(text: string): string {
  return redact(text).replace(
    /(\w:\/\/)([^\s"]*)/g,
    (_, scheme: string, rest: string) => scheme + withoutValues(rest.replace(/^.*@/, "***@")),
  );
}

function withoutValues(address: string): string {
  return address.replace(/([?&#][^=&#]*=)[^&#]*/g, "$1***");
}
