/** Arguments in, typed values out; whatever the table does not know is refused. */

import { parseArgs } from "node:util";
import { ValidationError } from "../errors/error_classes.ts";
import { parseDurationMs } from "./duration.ts";
import { flagName, type OptionSpec, type OptionTable, type OptionValues } from "./option_table.ts";

/** What {@link parseOptions} gives. */
export interface ParsedOptions<T extends OptionTable> {
  /** The options by name. */
  values: OptionValues<T>;
  /** What was given without a flag, in order. */
  positionals: string[];
}

type Value = boolean | string | number | string[];

/**
 * Reads arguments by the table.
 *
 * Flags may be given as `--batch-size 5` or `--batch-size=5`; `--` ends them. A value that begins
 * with `--` or is a short flag must be joined by `=`, lest the flag be lost. The last of a
 * repeated flag holds, except for the type `strings`. With `skipRequired`, missing required
 * options are let through (for `--help` and the like).
 *
 * @throws ValidationError for an unknown flag (with the nearest known one), a missing or malformed
 * value, a value given to a boolean flag, or a missing required option; all of them at once.
 */
export async function parseOptions<T extends OptionTable>(
  table: T,
  args: readonly string[],
): Promise<ParsedOptions<T>> {
  const names = new Map(Object.keys(table).map((name) => [flagName(name), name]));
  const problems: string[] = [];
  const values: Record<string, Value | undefined> = {};
  const positionals: string[] = [];
  const given = new Set<string>();

  for (const token of tokenize(table, args)) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      positionals.push(token.value);
      continue;
    }
    const name = names.get(token.name);
    if (name !== undefined) given.add(name);
    const spec = name === undefined ? undefined : table[name];
    if (name === undefined || spec === undefined) {
      problems.push(await unknownFlag(token.rawName, [...names.keys()]));
    } else if (spec.type === "boolean") {
      if (token.inlineValue) problems.push(`${token.rawName} takes no value`);
      values[name] = true;
    } else if (token.value === undefined || token.value === "") {
      problems.push(`${token.rawName} needs a value: ${token.rawName} ${placeholderOf(spec)}`);
    } else if (!token.inlineValue && looksLikeFlag(table, token.value)) {
      const meant = `${token.rawName}=${token.value}`;
      problems.push(
        `${token.rawName} needs a value and ${token.value} looks like an option: ` +
          `write ${meant} if it is meant`,
      );
    } else if (spec.type === "strings") {
      const list = values[name];
      values[name] = [...(Array.isArray(list) ? list : []), token.value];
    } else {
      const parsed = parseValue(spec, token.value);
      if (parsed.problem !== undefined) problems.push(`${token.rawName} ${parsed.problem}`);
      else values[name] = parsed.value;
    }
  }
  for (const [name, spec] of Object.entries(table)) {
    if (values[name] !== undefined) continue;
    if (spec.type === "boolean") values[name] = false;
    else if (spec.type === "strings") values[name] = [];
    else if (spec.default !== undefined) values[name] = spec.default;
    else if (spec.required && !given.has(name)) {
      problems.push(`--${flagName(name)} ${placeholderOf(spec)} is required`);
    }
  }
  if (problems.length > 0) throw new ValidationError(problems.join("; "), { code: "USAGE" });
  return { values: values as OptionValues<T>, positionals };
}

/** The word that stands for an option's value in help and errors. */
export function placeholderOf(spec: OptionSpec): string {
  if (spec.placeholder !== undefined) return spec.placeholder;
  if (spec.type === "string" && spec.choices) return spec.choices.join("|");
  if (spec.type === "duration") return "DURATION";
  return spec.type === "integer" || spec.type === "number" ? "N" : "VALUE";
}

function tokenize(table: OptionTable, args: readonly string[]) {
  const options: Record<string, { type: "boolean" | "string"; short?: string }> = {};
  for (const [name, spec] of Object.entries(table)) {
    options[flagName(name)] = {
      type: spec.type === "boolean" ? "boolean" : "string",
      ...(spec.short === undefined ? {} : { short: spec.short }),
    };
  }
  const parsed = parseArgs({
    args: [...args],
    options,
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  return parsed.tokens;
}

function looksLikeFlag(table: OptionTable, text: string): boolean {
  return text.startsWith("--") ||
    Object.values(table).some(({ short }) => short !== undefined && text === `-${short}`);
}

function parseValue(
  spec: Exclude<OptionSpec, { type: "boolean" | "strings" }>,
  text: string,
): { value?: string | number; problem?: string } {
  if (spec.type === "string") {
    if (spec.choices && !spec.choices.includes(text)) {
      return { problem: `must be one of ${spec.choices.join(", ")}: it is "${text}"` };
    }
    return { value: text };
  }
  if (spec.type === "duration") {
    const ms = parseDurationMs(text);
    return ms === undefined
      ? { problem: `must be a duration such as 90s, 10m, 1.5h or 30d: it is "${text}"` }
      : { value: ms };
  }
  const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
  const isWanted = spec.type === "integer" ? Number.isSafeInteger(number) : Number.isFinite(number);
  const { min, max } = spec;
  if (!isWanted || (min !== undefined && number < min) || (max !== undefined && number > max)) {
    const kind = spec.type === "integer" ? "a whole number" : "a number";
    return { problem: `must be ${kind}${rangeText(min, max)}: it is "${text}"` };
  }
  return { value: number };
}

function rangeText(min: number | undefined, max: number | undefined): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return ` of at least ${min}`;
  return max === undefined ? "" : ` of at most ${max}`;
}

async function unknownFlag(rawName: string, known: string[]): Promise<string> {
  return `unknown option ${rawName}${await didYouMean(rawName.replace(/^-+/, ""), known, "--")}`;
}

/** Gives `, did you mean …?` when a known word is near, else nothing. */
export async function didYouMean(word: string, known: string[], prefix = ""): Promise<string> {
  if (word.length < 2 || known.length === 0) return "";
  const { closestString } = await import("@std/text/closest-string");
  const nearest = closestString(word, known);
  const isNear = nearest.startsWith(word) || word.startsWith(nearest) ||
    [...word].filter((letter) => !nearest.includes(letter)).length <= word.length / 4;
  return isNear ? `, did you mean ${prefix}${nearest}?` : "";
}
