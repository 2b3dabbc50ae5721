/** Help pages, made from the same tables that the parser reads. */

import type { AnyCommand, Script } from "./command.ts";
import { commonOptions } from "./common_options.ts";
import { durationArgument } from "./duration.ts";
import { flagName, type OptionSpec, type OptionTable } from "./option_table.ts";
import { placeholderOf } from "./parse_options.ts";
import { wrapText } from "./wrap_text.ts";

const exitCodes = [
  "0 success",
  "1 the operation failed, wholly or in part, or wrong arguments",
  "2 configuration missing or invalid, login refused, Deno permission missing",
  "3 local cache or state database cannot be opened",
  "4 a network service cannot be reached",
  "130, 143 stopped by SIGINT, SIGTERM after the work in hand",
];

/** How {@link helpText} lays its text out. */
export interface HelpLayout {
  /** The columns that a line may fill; usage and examples stay on one line. Defaults to 100. */
  width?: number;
}

/** Writes the help of a script, or of one of its commands. */
export function helpText(
  script: Script,
  commandName?: string,
  command?: AnyCommand,
  { width = 100 }: HelpLayout = {},
): string {
  const invocation = commandName ? `${script.name} ${commandName}` : script.name;
  const summary = command && commandName ? command.summary : script.summary;
  const sections = [wrapText(summary, width).join("\n")];
  if (command) {
    const positionals = command.positionals ? ` ${command.positionals}` : "";
    sections.push(section("Usage", [`${invocation} [options]${positionals}`]));
    sections.push(section("Examples", command.examples.map((e) => `${invocation} ${e}`.trim())));
    sections.push(section("Options", optionLines({ ...command.options, ...commonOptions }, width)));
  } else {
    const commands = Object.entries(script.commands ?? {});
    const firstExamples = commands.slice(0, 2).map(([name, c]) =>
      `${script.name} ${name} ${c.examples[0] ?? ""}`.trim()
    );
    sections.push(section("Usage", [`${script.name} COMMAND [options]`]));
    sections.push(section("Examples", firstExamples));
    const rows = commands.map(([name, { summary }]) => [name, summary] as const);
    sections.push(section("Commands", twoColumns(rows, width)));
    sections.push(section("Options", optionLines(commonOptions, width)));
    sections.push(`${script.name} COMMAND --help shows the options of a command`);
  }
  sections.push(section("Exit codes", wrapLines(exitCodes, width)));
  sections.push(section("Permissions", wrapLines(script.permissions, width)));
  return sections.join("\n\n") + "\n";
}

const indent = "  ";

function section(title: string, lines: readonly string[]): string {
  return `${title}:\n${lines.map((line) => indent + line).join("\n")}`;
}

function wrapLines(lines: readonly string[], width: number): string[] {
  return lines.flatMap((line) =>
    wrapText(line, width - 2 * indent.length).map((part, index) =>
      index === 0 ? part : indent + part
    )
  );
}

function optionLines(table: OptionTable, width: number): string[] {
  const rows = Object.entries(table).map(([name, spec]) => {
    const short = spec.short ? `-${spec.short}, ` : "    ";
    return [
      `${short}--${flagName(name)}${valueText(spec)}`,
      spec.description + remarks(spec),
    ] as const;
  });
  return twoColumns(rows, width);
}

// The right column keeps a width at which its text can be read, on the narrowest terminal, too.
const minTextWidth = 30;

function twoColumns(rows: readonly (readonly [string, string])[], width: number): string[] {
  const left = Math.max(...rows.map(([name]) => name.length)) + indent.length;
  const right = Math.max(width - indent.length - left, minTextWidth);
  return rows.flatMap(([name, text]) =>
    wrapText(text, right).map((part, index) => (index === 0 ? name : "").padEnd(left) + part)
  );
}

function valueText(spec: OptionSpec): string {
  return spec.type === "boolean" ? "" : ` ${placeholderOf(spec)}`;
}

function remarks(spec: OptionSpec): string {
  const parts: string[] = [];
  if ("required" in spec && spec.required) parts.push("required");
  const shown = defaultOf(spec);
  if (shown !== undefined) parts.push(`default ${shown}`);
  if (spec.configKey !== undefined) parts.push(`setting ${spec.configKey}`);
  if (spec.type === "strings") parts.push("may be repeated");
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

function defaultOf(spec: OptionSpec): string | undefined {
  if (spec.defaultText !== undefined) return spec.defaultText;
  if (!("default" in spec) || spec.default === undefined) return undefined;
  return spec.type === "duration" ? durationArgument(spec.default) : String(spec.default);
}
