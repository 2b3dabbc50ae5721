/** From the text of a configuration file to its settings. */

import { closestString } from "@std/text/closest-string";
import { parse } from "@std/toml/parse";
import { ConfigurationError } from "../errors/error_classes.ts";
import { combineProblems } from "./read_settings.ts";
import { environments } from "./environment_name.ts";
import { variableName } from "./variable_name.ts";

/** A value as TOML writes it; dates and tables are no settings. */
export type FileValue = string | number | boolean | readonly (string | number | boolean)[];

/** One setting of a configuration file. */
export interface FileSetting {
  /** The value as it was written. */
  value: FileValue;
  /** Where it stands, such as `opsdeck.toml [development.rpa1] batch_size`. */
  source: string;
}

/**
 * The settings of a file by the name that the same setting has as an environment variable
 * (`DEVELOPMENT_RPA1_BATCH_SIZE`), so that upper and lower case, `-`, `.` and `_` are one.
 */
export type ConfigFile = ReadonlyMap<string, FileSetting>;

/**
 * Parses a configuration file's text; `label` is the file's name in messages and sources.
 *
 * Dotted keys and nested tables are the same as their names joined with `_`. Messages carry no
 * text of the file, as a line may hold a secret.
 *
 * @throws ConfigurationError when it is not TOML, or lists every table or value that is of no use
 * and every setting that is there twice.
 */
export function parseConfigFile(text: string, label = "opsdeck.toml"): ConfigFile {
  const settings = new Map<string, FileSetting>();
  const problems: ConfigurationError[] = [];
  for (const [name, table] of Object.entries(parseToml(text, label))) {
    const level = name.toLowerCase();
    if (level === "global" && isTable(table)) {
      collect(settings, problems, label, [name], table);
    } else if (environments.some((environment) => environment === level) && isTable(table)) {
      for (const [flow, inner] of Object.entries(table)) {
        if (isTable(inner)) collect(settings, problems, label, [name, flow], inner);
        else problems.push(misplaced(label, `[${name}] ${flow}`, `${level}.global`));
      }
    } else {
      problems.push(
        isTable(table)
          ? unknownTable(label, name, level)
          : misplaced(label, name, "development.global"),
      );
    }
  }
  if (problems.length > 0) throw combineProblems(problems);
  return settings;
}

function parseToml(text: string, label: string): Record<string, unknown> {
  try {
    return parse(text);
  } catch (error) {
    // Only the line is taken over: the parser's message quotes the text there, password and all.
    // It is one too far where a value is missing at the end of a line.
    const at = error instanceof Error ? /on line (\d+)/.exec(error.message) : null;
    const where = at === null ? "" : ` near line ${at[1]}`;
    throw new ConfigurationError(
      `Cannot read the configuration as "${label}" is not valid TOML${where}; correct the file`,
      { context: at === null ? { file: label } : { file: label, line: Number(at[1]) } },
    );
  }
}

function collect(
  settings: Map<string, FileSetting>,
  problems: ConfigurationError[],
  label: string,
  path: string[],
  table: Record<string, unknown>,
): void {
  for (const [key, value] of Object.entries(table)) {
    if (isTable(value)) {
      collect(settings, problems, label, [...path, key], value);
      continue;
    }
    const source = `${label} [${path.join(".")}] ${key}`;
    if (!isFileValue(value)) {
      problems.push(
        new ConfigurationError(
          `Cannot read the configuration as ${source} must be text, a number, true or false, ` +
            `or a list of these; put it in quotes if it is a date or a big number`,
          { context: { file: label } },
        ),
      );
      continue;
    }
    const name = variableName(...path, key);
    const other = settings.get(name);
    if (other !== undefined) {
      problems.push(
        new ConfigurationError(
          `Cannot read the configuration as ${source} and ${other.source} are the same setting; ` +
            `remove one of them`,
          { context: { file: label } },
        ),
      );
      continue;
    }
    settings.set(name, { value, source });
  }
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date);
}

function isFileValue(value: unknown): value is FileValue {
  return isScalar(value) || (Array.isArray(value) && value.every(isScalar));
}

/** An integer past 2^53 was rounded by the parser already, so it is not what the file says. */
function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "boolean" ||
    (typeof value === "number" && Number.isFinite(value) &&
      (Number.isSafeInteger(value) || !Number.isInteger(value)));
}

function unknownTable(label: string, name: string, level: string): ConfigurationError {
  const known = ["global", ...environments];
  return new ConfigurationError(
    `Cannot read the configuration as the table [${name}] of "${label}" must be one of ` +
      `${known.join(", ")}; did you mean "${closestString(level, known)}"?`,
    { context: { file: label } },
  );
}

function misplaced(label: string, key: string, table: string): ConfigurationError {
  return new ConfigurationError(
    `Cannot read the configuration as "${key}" of "${label}" is in no table of settings; ` +
      `put it under [${table}] or [global]`,
    { context: { file: label } },
  );
}
