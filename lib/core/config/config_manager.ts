/** Settings by environment and flow, from environment variables and the configuration file. */

import { ConfigurationError } from "../errors/error_classes.ts";
import { readConfigFile } from "./config_file.ts";
import { type Environment, environmentName } from "./environment_name.ts";
import {
  type EnvironmentReader,
  nonEmpty,
  readEnvironmentVariable,
} from "./environment_variable.ts";
import type { ConfigFile } from "./parse_config_file.ts";
import { Secret } from "../secret.ts";
import { readSecretFile } from "./secret_file.ts";
import { missingSetting } from "./missing_setting.ts";
import { type SettingLevel, type SettingPlace, settingPlaces } from "./setting_levels.ts";
import {
  type FoundSetting,
  recordedLookup,
  type SettingMeaning,
  type SettingWish,
} from "./setting_record.ts";
import { parseSetting, plainText, type SettingValue, type ValueLimits } from "./setting_value.ts";

/** Where a {@link ConfigManager} reads; every field has a default. */
export interface ConfigManagerOptions {
  /** Defaults to what `ENVIRONMENT` names. */
  environment?: Environment;
  /** Reads an environment variable. Defaults to those of this process. */
  env?: EnvironmentReader;
  /** The parsed file. Defaults to what `readConfigFile` finds, read once, when first needed. */
  file?: ConfigFile;
}

/** A setting that was found. */
export interface Setting<Value = string> {
  /** The value as text, or the secret. */
  value: Value;
  /** What supplied it: a variable's name, or `opsdeck.toml [development.rpa1] batch_size`. */
  source: string;
  /** How specific the place is at which it was found. */
  level: SettingLevel;
}

/** How a setting is looked up. */
export interface LookupOptions {
  /** Whether it is a secret, which may come from a file too. Defaults to false. */
  secret?: boolean;
  /** What it means, for whoever shows the settings. */
  meaning?: SettingMeaning;
  /** A database that may have its own, which comes after the flow's and before the global one. */
  database?: string;
}

/** A number's limits. */
export type NumberLimits = Pick<ValueLimits, "min" | "max" | "integer">;

/** The words that a setting may be. */
export interface Choices<Choice extends string> {
  /** Accepted in any case; the reader gets the word as it stands here. */
  choices: readonly Choice[];
}

/**
 * Looks settings up at `{environment}.{flow}.{key}`, then `{environment}.global.{key}`, then
 * `global.{key}` (reference: queue, ConfigManager).
 *
 * At each of these the environment variable (`DEVELOPMENT_RPA1_BATCH_SIZE`) comes first, for a
 * secret then the file that `<variable>_FILE` names, then the configuration file. A few keys are
 * found under their bare variable last (`SOURCE_FILES`, `LOG_LEVEL` and so on). An empty value is
 * the same as none.
 */
export class ConfigManager {
  /** The environment whose settings are read. */
  readonly environment: Environment;
  /** The flow whose settings come first; undefined when only the global ones are read. */
  readonly flowName: string | undefined;
  readonly #env: EnvironmentReader;
  #file: ConfigFile | undefined;

  /**
   * Makes a reader of the settings of a flow, or of the global ones.
   *
   * @throws ConfigurationError when `ENVIRONMENT` names no environment.
   */
  constructor(flowName?: string, options: ConfigManagerOptions = {}) {
    this.#env = options.env ?? readEnvironmentVariable;
    this.environment = options.environment ?? environmentName(this.#env);
    this.flowName = flowName === "" ? undefined : flowName;
    this.#file = options.file;
  }

  /**
   * Gives a setting that is one of a few words, or the default when it is not set.
   *
   * @throws ConfigurationError when it is another word; the message names its source, the value
   * and what is wanted.
   */
  getVariable<Choice extends string>(
    key: string,
    defaultValue: NoInfer<Choice>,
    limits: Choices<Choice>,
  ): Choice;
  /** Gives a setting that is one of a few words, or undefined when it is not set. */
  getVariable<Choice extends string>(
    key: string,
    defaultValue: undefined,
    limits: Choices<Choice>,
  ): Choice | undefined;
  /** Gives a setting's text, or undefined when it is not set. */
  getVariable(key: string, defaultValue?: undefined): string | undefined;
  /**
   * Gives a finite decimal number, or the default when it is not set.
   *
   * @throws ConfigurationError when it is no number or outside its limits; the message names its
   * source, the value and what is wanted.
   */
  getVariable(key: string, defaultValue: number, limits?: NumberLimits): number;
  /**
   * Gives a boolean, or the default when it is not set: `true`, `1`, `yes` and `on` are true,
   * `false`, `0`, `no` and `off` are false, in any case.
   *
   * @throws ConfigurationError when it is another word; the message names its source, the value
   * and what is wanted.
   */
  getVariable(key: string, defaultValue: boolean): boolean;
  /**
   * Gives a list, or a copy of the default when it is not set: items separated by commas without
   * the blanks around them and without empty ones, or a list of the file.
   */
  getVariable(key: string, defaultValue: readonly string[]): string[];
  /** Gives a setting's text, or the default when it is not set. */
  getVariable(key: string, defaultValue: string): string;
  getVariable(
    key: string,
    defaultValue?: SettingValue | readonly string[],
    limits: ValueLimits = {},
  ): SettingValue | undefined {
    const wish = { ...limits, isSecret: false, isRequired: false, fallback: defaultValue };
    const found = this.#find(key, wish);
    if (found !== undefined) return parseSetting(found, defaultValue, limits);
    return typeof defaultValue === "object" ? [...defaultValue] : defaultValue;
  }

  /**
   * Gives a secret, or undefined when it is not set.
   *
   * @throws ConfigurationError when it cannot be read; the message never holds its value.
   */
  getSecret(key: string): Secret | undefined;
  /** Gives a secret, or the default, as it is, when it is not set. */
  getSecret<Default>(key: string, defaultValue: Default): Secret | Default;
  getSecret(key: string, defaultValue?: unknown): unknown {
    return this.lookup(key, { secret: true })?.value ?? defaultValue;
  }

  /**
   * Gives a setting's text.
   *
   * @throws ConfigurationError when it is not set; the message names what to set.
   */
  requireVariable(key: string): string;
  /** Gives a setting that is one of a few words, and fails in the same way. */
  requireVariable<Choice extends string>(key: string, limits: Choices<Choice>): Choice;
  requireVariable(key: string, limits: ValueLimits = {}): SettingValue {
    const found = this.#find(key, { ...limits, isSecret: false, isRequired: true });
    if (found === undefined) throw missingSetting(key, this.#places(key), false);
    return parseSetting(found, undefined, limits);
  }

  /**
   * Gives a secret.
   *
   * @throws ConfigurationError when it is not set; the message names what to set.
   */
  requireSecret(key: string): Secret {
    const found = this.#find(key, { isSecret: true, isRequired: true });
    if (found === undefined) throw missingSetting(key, this.#places(key), true);
    return secretOf(found);
  }

  /**
   * Gives a setting as it is written, and what supplied it; undefined when it is not set.
   *
   * @throws ConfigurationError when the configuration file or a secret's file cannot be read, and
   * when the text of a key stands where none belongs.
   */
  lookup(key: string, options?: LookupOptions & { secret?: false }): Setting | undefined;
  /** Gives a secret and what supplied it; undefined when it is not set. */
  lookup(key: string, options: LookupOptions & { secret: true }): Setting<Secret> | undefined;
  lookup(key: string, options: LookupOptions = {}): Setting<string | Secret> | undefined {
    const { secret = false, meaning, database } = options;
    const found = this.#find(key, { isSecret: secret, isRequired: false, meaning }, database);
    if (found === undefined) return undefined;
    const { source, level } = found;
    return { value: secret ? secretOf(found) : plainText(found), source, level };
  }

  /** Lists the environment variables that are looked for, in their order. */
  candidates(key: string): string[] {
    return this.#places(key).map((place) => place.variable);
  }

  #places(key: string, database?: string): SettingPlace[] {
    return settingPlaces(this.environment, this.flowName, key, database);
  }

  #find(key: string, wish: SettingWish, database?: string): FoundSetting | undefined {
    const places = this.#places(key, database);
    return recordedLookup(key, places, wish, () => this.#search(places, wish.isSecret));
  }

  #search(places: readonly SettingPlace[], secret: boolean): FoundSetting | undefined {
    for (const { level, variable, table } of places) {
      const value = nonEmpty(this.#env, variable);
      if (value !== undefined) return { value, source: variable, level };

      const fileVariable = `${variable}_FILE`;
      const path = secret ? nonEmpty(this.#env, fileVariable) : undefined;
      if (path !== undefined) {
        const value = readSecretFile(fileVariable, path, this.#env);
        return { value, source: fileVariable, level };
      }

      if (table === undefined) continue;
      this.#file ??= readConfigFile(this.#env);
      const setting = this.#file.get(variable);
      if (setting !== undefined && setting.value !== "") return { ...setting, level };
    }
    return undefined;
  }
}

function secretOf({ value, source }: FoundSetting): Secret {
  // 1.10 and 0x1F would not come back from TOML as they were typed.
  if (typeof value === "string") return new Secret(value);
  throw new ConfigurationError(
    `Cannot use ${source} as a secret must be text; put it in quotes`,
    { context: { setting: source } },
  );
}
