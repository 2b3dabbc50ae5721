/** From a setting as it was written to the type that its reader wants. */

import { ConfigurationError } from "../errors/error_classes.ts";
import type { FileSetting, FileValue } from "./parse_config_file.ts";
import { refusePastedKey } from "./pasted_key.ts";

/** What a value must keep to, beyond its type. */
export interface ValueLimits {
  /** The smallest number that is accepted. Defaults to no limit. */
  min?: number;
  /** The biggest number that is accepted. Defaults to no limit. */
  max?: number;
  /** Whether a number must be whole. Defaults to false. */
  integer?: boolean;
  /** The words that are accepted, in any case. Defaults to any text. */
  choices?: readonly string[];
}

/** The types that a setting can have. */
export type SettingValue = string | number | boolean | string[];

const words = new Map([
  ...["true", "1", "yes", "on"].map((word) => [word, true] as const),
  ...["false", "0", "no", "off"].map((word) => [word, false] as const),
]);

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Parses a setting into the type of its default: a finite decimal number, a boolean (`true`,
 * `false`, `1`, `0`, `yes`, `no`, `on`, `off`), a list (separated by commas, blanks around the
 * items cut off, or a list in the file), or text; text when there is no default.
 *
 * @throws ConfigurationError that names where the value came from, the value (unless it is a key),
 * and what is wanted.
 */
export function parseSetting(
  setting: FileSetting,
  fallback: SettingValue | readonly string[] | undefined,
  limits: ValueLimits,
): SettingValue {
  refusePastedKey(setting.source, settingText(setting.value));
  const parsed = parse(setting.value, fallback, limits);
  if (parsed !== undefined) return parsed;
  const shown = JSON.stringify(settingText(setting.value));
  const remedy = fallback === undefined
    ? "correct it or unset it"
    : `correct it or unset it to use ${JSON.stringify(fallback)}`;
  throw new ConfigurationError(
    `Cannot use ${setting.source} as it must be ${wanted(fallback, limits)}: ` +
      `it is ${shown}; ${remedy}`,
    { context: { setting: setting.source, value: settingText(setting.value) } },
  );
}

/**
 * Gives a setting that is no secret as an environment variable would hold it.
 *
 * @throws ConfigurationError that names where it came from when it is a key.
 */
export function plainText({ value, source }: FileSetting): string {
  const text = settingText(value);
  refusePastedKey(source, text);
  return text;
}

/** Says in a few words what a setting must be: its default tells the type, its limits the rest. */
export function settingType(
  fallback: SettingValue | readonly string[] | undefined,
  limits: ValueLimits,
): string {
  if (typeof fallback === "object") return "list, separated by commas";
  const isText = typeof fallback === "string" || fallback === undefined;
  return isText && limits.choices === undefined ? "text" : wanted(fallback, limits);
}

/** Gives a value as an environment variable would hold it; a list is joined with commas. */
export function settingText(value: FileValue): string {
  return typeof value === "object" ? value.join(",") : String(value);
}

function parse(
  value: FileValue,
  fallback: SettingValue | readonly string[] | undefined,
  limits: ValueLimits,
): SettingValue | undefined {
  if (typeof fallback === "object") return parseList(value);
  if (typeof value === "object") return undefined;
  if (typeof fallback === "number") return parseNumber(String(value).trim(), limits);
  if (typeof fallback === "boolean") return words.get(String(value).trim().toLowerCase());
  // TOML's 1.10 arrives as 1.1, so as text it would not be what the file says.
  if (typeof value === "number" && !Number.isInteger(value)) return undefined;
  return parseText(String(value), limits);
}

function parseList(value: FileValue): string[] {
  const items = typeof value === "object" ? value.map(String) : String(value).split(",");
  return items.map((item) => item.trim()).filter((item) => item !== "");
}

function parseNumber(text: string, limits: ValueLimits): number | undefined {
  const number = decimal.test(text) ? Number(text) : NaN;
  const { min = -Infinity, max = Infinity, integer = false } = limits;
  if (!Number.isFinite(number) || number < min || number > max) return undefined;
  return integer && !Number.isSafeInteger(number) ? undefined : number;
}

function parseText(text: string, { choices }: ValueLimits): string | undefined {
  if (choices === undefined) return text;
  const word = text.trim().toLowerCase();
  return choices.find((choice) => choice.toLowerCase() === word);
}

function wanted(
  fallback: SettingValue | readonly string[] | undefined,
  { min, max, integer, choices }: ValueLimits,
): string {
  if (typeof fallback === "boolean") return "true or false";
  if (typeof fallback !== "number") {
    return choices === undefined ? "one text in quotes" : `one of ${choices.join(", ")}`;
  }
  const kind = integer ? "a whole number" : "a number";
  if (min !== undefined && max !== undefined) return `${kind} from ${min} to ${max}`;
  if (min !== undefined) return `${kind} of at least ${min}`;
  return max === undefined ? kind : `${kind} of at most ${max}`;
}
