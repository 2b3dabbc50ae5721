/** Help pages, made from the same tables that the parser reads. */

import type { AnyCommand, Script } from "./command.ts";
import { formatDuration } from "./duration.ts";
import { flagName, type OptionSpec, type OptionTable } from "./option_table.ts";
import { placeholderOf } from "./parse_options.ts";

/** Options that every script has. */
export const commonOptions = {
  json: { type: "boolean", description: "Print the result as one JSON document" },
  quiet: { type: "boolean", short: "q", description: "Say nothing on stderr but errors" },
  verbose: { type: "boolean", short: "v", description: "Log more, and show stacks of errors" },
  printPermissions: {
    type: "boolean",
    description: "Print the narrow deno command for this run, and do nothing else",
  },
  help: { type: "boolean", short: "h", description: "Show this help" },
  version: { type: "boolean", description: "Show the version" },
} as const satisfies OptionTable;

const exitCodes = [
  "0 success",
  "1 the operation failed, wholly or in part, or wrong arguments",
  "2 configuration missing or invalid, login refused, Deno permission missing",
  "3 local cache or state database cannot be opened",
  "4 a network service cannot be reached",
  "130, 143 stopped by SIGINT, SIGTERM after the work in hand",
];

/** Writes the help of a script, or of one of its commands. */
export function helpText(script: Script, commandName?: string, command?: AnyCommand): string {
  const invocation = commandName ? `${script.name} ${commandName}` : script.name;
  const sections = [command && commandName ? command.summary : script.summary];
  if (command) {
    const positionals = command.positionals ? ` ${command.positionals}` : "";
    sections.push(section("Usage", [`${invocation} [options]${positionals}`]));
    sections.push(section("Examples", command.examples.map((e) => `${invocation} ${e}`.trim())));
    sections.push(section("Options", optionLines({ ...command.options, ...commonOptions })));
  } else {
    const commands = Object.entries(script.commands ?? {});
    const width = Math.max(...commands.map(([name]) => name.length));
    const firstExamples = commands.slice(0, 2).map(([name, c]) =>
      `${script.name} ${name} ${c.examples[0] ?? ""}`.trim()
    );
    sections.push(section("Usage", [`${script.name} COMMAND [options]`]));
    sections.push(section("Examples", firstExamples));
    sections.push(
      section("Commands", commands.map(([name, c]) => `${name.padEnd(width)}  ${c.summary}`)),
    );
    sections.push(section("Options", optionLines(commonOptions)));
    sections.push(`${script.name} COMMAND --help shows the options of a command`);
  }
  sections.push(section("Exit codes", exitCodes));
  sections.push(section("Permissions", [...script.permissions]));
  return sections.join("\n\n") + "\n";
}

function section(title: string, lines: readonly string[]): string {
  return `${title}:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}

function optionLines(table: OptionTable): string[] {
  const rows = Object.entries(table).map(([name, spec]) => ({
    flag: `${spec.short ? `-${spec.short}, ` : "    "}--${flagName(name)}${valueText(spec)}`,
    text: spec.description + remarks(spec),
  }));
  const width = Math.max(...rows.map((row) => row.flag.length));
  return rows.map((row) => `${row.flag.padEnd(width)}  ${row.text}`);
}

function valueText(spec: OptionSpec): string {
  return spec.type === "boolean" ? "" : ` ${placeholderOf(spec)}`;
}

function remarks(spec: OptionSpec): string {
  const parts: string[] = [];
  if ("required" in spec && spec.required) parts.push("required");
  if (spec.defaultText !== undefined) parts.push(`default ${spec.defaultText}`);
  else if ("default" in spec && spec.default !== undefined) {
    const isDuration = spec.type === "duration" && typeof spec.default === "number";
    parts.push(`default ${isDuration ? formatDuration(Number(spec.default)) : spec.default}`);
  }
  if (spec.configKey !== undefined) parts.push(`setting ${spec.configKey}`);
  if (spec.type === "strings") parts.push("may be repeated");
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}
