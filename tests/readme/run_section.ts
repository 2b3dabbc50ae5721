/** Runs all that the README tells its reader to run under some of its headings. */

import { join, toFileUrl } from "@std/path";
import { assertEquals } from "@std/assert";
import { notRunHere } from "./not_run_here.ts";
import {
  readBlocks,
  readCommands,
  type ReadmeBlock,
  type ReadmeCommand,
  readmePath,
} from "./readme_blocks.ts";
import { projectFolder, type ReadmeShell } from "./readme_shell.ts";
import type { ShellResult, Until } from "./shell_command.ts";
import { isSameOutput } from "./same_output.ts";

/** What is to be known about a command to run it. */
export interface CommandRules {
  /** The exit code. Defaults to 0. */
  code?: number;
  /** It goes on until it is stopped, which is done then; its code is 130. */
  until?: Until;
  /** It goes on till the test's end, and the next command is run then. */
  keep?: Until;
  /** What is run in its place, as it would meet what else is on this machine. */
  instead?: string;
  /** It is run from the project's folder, as its reader does. Defaults to a folder of the test's. */
  isInProject?: boolean;
  /** What makes it possible. */
  before?: () => Promise<unknown>;
}

/** How a section is run. */
export interface SectionOptions {
  /** The `##` headings. */
  sections: readonly string[];
  /** Where. */
  shell: ReadmeShell;
  /** By the command's text. */
  rules?: Readonly<Record<string, CommandRules>>;
}

/** Set to write what the commands print into the README, in place of what it shows. */
const updateVariable = "OPSDECK_README_UPDATE";

/**
 * Writes named blocks as files, runs commands and programs in TypeScript, all in order.
 *
 * @throws AssertionError that names every exit code and output that is not the one expected
 */
export async function runSection({ sections, shell, rules = {} }: SectionOptions): Promise<void> {
  const blocks = readBlocks(await Deno.readTextFile(readmePath))
    .filter(({ section }) => sections.includes(section));
  const missing = sections.filter((name) => !blocks.some(({ section }) => section === name));
  assertEquals(missing, [], "headings without a block");
  const unused = new Set(Object.keys(rules));
  const isUpdate = Deno.env.has(updateVariable);
  const problems: string[] = [];
  const updates: Update[] = [];
  const seen = new Map<string, number>();
  for (const { fileName, text } of blocks) {
    if (fileName !== undefined) await shell.write(fileName, `${text}\n`);
  }
  for (const block of blocks) {
    if (block.language === "ts" && block.fileName === undefined) {
      problems.push(...await runProgram(block, shell));
    }
    for (const command of readCommands(block)) {
      unused.delete(command.text);
      const occurrence = seen.get(command.text) ?? 0;
      seen.set(command.text, occurrence + 1);
      if (Object.hasOwn(notRunHere, command.text)) continue;
      const rule = rules[command.text] ?? {};
      const { code, output } = await runCommand(command, shell, rule);
      const place = `README.md:${command.line}: ${command.text}`;
      const wanted = rule.code ?? (rule.until === undefined ? 0 : 130);
      if (code !== wanted) {
        problems.push(`${place}\nends with ${code} in place of ${wanted}\n${output}`);
      }
      if (command.output === undefined || isSameOutput(command.output, output)) continue;
      if (isUpdate && code === wanted) updates.push({ text: command.text, occurrence, output });
      else problems.push(`${place}\nprints\n${output}\nin place of\n${command.output}`);
    }
  }
  await updateReadme(sections, updates);
  for (const text of unused) {
    problems.push(`a rule is for "${text}", which the README does not have`);
  }
  assertEquals(problems.length, 0, problems.join("\n\n"));
}

async function runCommand(
  { text }: ReadmeCommand,
  shell: ReadmeShell,
  { until, keep, isInProject, before, instead = text }: CommandRules,
): Promise<ShellResult> {
  await before?.();
  const assignment = /^export (\w+)=(?:"([^"]*)"|'([^']*)'|(\S*))$/.exec(text);
  if (assignment !== null) {
    const [, name = "", ...values] = assignment;
    const value = values.find((value) => value !== undefined) ?? "";
    shell.env[name] = value.replaceAll("/home/ada", shell.home);
    return { code: 0, output: "" };
  }
  if (keep !== undefined) return await shell.start(instead, keep);
  const cwd = isInProject ? projectFolder : shell.folder;
  return await shell.run(instead, { cwd, ...(until === undefined ? {} : { until }) });
}

/** Runs an example in TypeScript as if it lay in the project's folder. */
async function runProgram(block: ReadmeBlock, shell: ReadmeShell): Promise<string[]> {
  const name = `example_${block.line}.ts`;
  const text = block.text.replaceAll('from "./lib/', `from "${toFileUrl(projectFolder).href}/lib/`);
  await shell.write(name, text);
  const config = join(projectFolder, "deno.json");
  const { code, output } = await shell.run(
    `'${Deno.execPath()}' run -q -A --no-prompt --config '${config}' ${name}`,
  );
  return code === 0 ? [] : [`README.md:${block.line}\nends with ${code}\n${output}`];
}

/** What a command printed, to be shown in the README. */
interface Update {
  text: string;
  /** 0 for the first command of this text under the headings. */
  occurrence: number;
  output: string;
}

/** Looks each command up again, as other tests may write as well. */
async function updateReadme(
  sections: readonly string[],
  updates: readonly Update[],
): Promise<void> {
  using file = await Deno.open(readmePath, { read: true, write: true });
  await file.lock(true);
  for (const { text, occurrence, output } of updates) {
    const markdown = await Deno.readTextFile(readmePath);
    const shown = readBlocks(markdown).filter(({ section }) => sections.includes(section))
      .flatMap(readCommands).filter((command) => command.text === text)[occurrence];
    if (shown?.output === undefined) continue;
    const lines = markdown.split("\n");
    const at = shown.line - 1;
    const isLast = lines[at + shown.lineCount]?.startsWith("```");
    lines.splice(at, shown.lineCount, lines[at] ?? "", output, ...(isLast ? [] : [""]));
    await Deno.writeTextFile(readmePath, lines.join("\n"));
  }
}
