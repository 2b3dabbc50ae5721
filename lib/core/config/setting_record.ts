/** Keeping a record of the settings that readers ask for, so that they can be shown. */

import { ConfigurationError } from "../errors/error_classes.ts";
import { Secret } from "../secret.ts";
import type { FileSetting } from "./parse_config_file.ts";
import type { SettingLevel, SettingPlace } from "./setting_levels.ts";
import {
  parseSetting,
  plainText,
  settingText,
  type SettingValue,
  type ValueLimits,
} from "./setting_value.ts";

/** What a reader says about a setting beyond its key, for whoever shows it. */
export interface SettingMeaning {
  /** What it must be, such as `duration`. Defaults to what its default value and limits tell. */
  type?: string;
  /** The default, where the reader supplies it itself. */
  defaultText?: string;
}

/** What a reader wants of a setting. */
export interface SettingWish extends ValueLimits {
  /** Whether it is a secret. */
  isSecret: boolean;
  /** Whether the reader fails without it. */
  isRequired: boolean;
  /** What holds when it is not set; its type is the setting's. */
  fallback?: SettingValue | readonly string[] | undefined;
  /** What it means, where the fields above do not tell. */
  meaning?: SettingMeaning | undefined;
}

/** A setting as it was found. */
export interface FoundSetting extends FileSetting {
  /** How specific the place is. */
  level: SettingLevel;
}

/** One look for a setting, and what it gave. */
export interface SettingLookup extends SettingWish {
  /** The key as the reader spelled it. */
  key: string;
  /** Where it was looked for, the most specific place first. */
  places: readonly SettingPlace[];
  /** What was found, parsed; a secret stays one. Undefined when it is not set or cannot be used. */
  value?: SettingValue | Secret;
  /** What supplied it: a variable's name, or `opsdeck.toml [development.rpa1] batch_size`. */
  source?: string;
  /** How specific the place is at which it was found. */
  level?: SettingLevel;
  /** Why it cannot be used. */
  problem?: string;
}

/** What {@link recordSettings} saw. */
export interface SettingRecord {
  /** Every look, in its order; one setting may have been looked for several times. */
  lookups: SettingLookup[];
  /** The error that ended the readers. */
  error?: ConfigurationError;
}

/** How {@link recordSettings} records. */
export interface RecordOptions {
  /** Whether every setting reads as not set, so that only defaults are met. Defaults to false. */
  isBlank?: boolean;
}

let recording: { lookups: SettingLookup[]; isBlank: boolean } | undefined;

/**
 * Runs readers of settings, and gives every look for a setting that any `ConfigManager` made in
 * them. The readers must be synchronous.
 *
 * A ConfigurationError of theirs is part of the record; any other error is thrown as it is.
 */
export function recordSettings(
  read: () => void,
  { isBlank = false }: RecordOptions = {},
): SettingRecord {
  const outer = recording;
  const lookups: SettingLookup[] = [];
  recording = { lookups, isBlank };
  try {
    read();
    return { lookups };
  } catch (error) {
    if (error instanceof ConfigurationError) return { lookups, error };
    throw error;
  } finally {
    recording = outer;
  }
}

/** Looks for a setting by `find`, and writes it down while {@link recordSettings} runs. */
export function recordedLookup(
  key: string,
  places: readonly SettingPlace[],
  wish: SettingWish,
  find: () => FoundSetting | undefined,
): FoundSetting | undefined {
  if (recording === undefined) return find();
  const lookup: SettingLookup = { ...wish, key, places };
  recording.lookups.push(lookup);
  if (recording.isBlank) return undefined;
  try {
    const found = find();
    if (found !== undefined) {
      lookup.source = found.source;
      lookup.level = found.level;
      lookup.value = valueOf(found, wish);
    }
    return found;
  } catch (error) {
    lookup.problem = error instanceof Error ? error.message : String(error);
    throw error;
  }
}

function valueOf(found: FoundSetting, wish: SettingWish): SettingValue | Secret {
  if (wish.isSecret) return new Secret(settingText(found.value));
  const isPlain = wish.fallback === undefined && wish.choices === undefined;
  return isPlain ? plainText(found) : parseSetting(found, wish.fallback, wish);
}
