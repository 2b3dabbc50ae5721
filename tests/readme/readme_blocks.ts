/** Takes README.md apart: its headings, its blocks of code, and the commands in them. */

import { join } from "@std/path";

/** A fenced block of code. */
export interface ReadmeBlock {
  /** The first word after the fence, such as `sh`; empty without one. */
  language: string;
  /** The second word: the name of the file that the block shows. */
  fileName: string | undefined;
  /** What stands between the fences, indented as the fence is not. */
  text: string;
  /** The line of the opening fence, from 1 on. */
  line: number;
  /** The `##` heading that it stands under. */
  section: string;
}

/** A command that the README tells its reader to type. */
export interface ReadmeCommand {
  /** The command, without its comment; lines that are continued are joined. */
  text: string;
  /** What the README says that it prints; undefined where it shows nothing. */
  output: string | undefined;
  /** Where it stands in README.md, from 1 on. */
  line: number;
  /** How many lines it takes there. */
  lineCount: number;
}

/** The README of the project. */
export const readmePath = join(import.meta.dirname ?? ".", "..", "..", "README.md");

/** Reads all blocks of code, in order. */
export function readBlocks(markdown: string): ReadmeBlock[] {
  const blocks: ReadmeBlock[] = [];
  let section = "";
  let open: { block: ReadmeBlock; fence: string; indent: number; lines: string[] } | undefined;
  for (const [index, line] of markdown.split("\n").entries()) {
    const [, indent = "", fence = "", info = ""] = /^( *)(`{3,})(.*)$/.exec(line) ?? [];
    if (open === undefined) {
      if (line.startsWith("## ")) section = line.slice(3);
      if (fence === "") continue;
      const [language = "", fileName] = info.trim().split(/\s+/);
      const block = { language, fileName, text: "", line: index + 1, section };
      open = { block, fence, indent: indent.length, lines: [] };
    } else if (fence === open.fence && info === "") {
      blocks.push({ ...open.block, text: open.lines.join("\n") });
      open = undefined;
    } else {
      open.lines.push(line.slice(open.indent));
    }
  }
  if (open !== undefined) throw new Error(`The block of line ${open.block.line} is not closed`);
  return blocks;
}

/** Reads the commands of a block: all lines of `sh`, those after `$` in `console`. */
export function readCommands(block: ReadmeBlock): ReadmeCommand[] {
  if (block.language === "sh") return shellCommands(block);
  return block.language === "console" ? consoleCommands(block) : [];
}

function shellCommands(block: ReadmeBlock): ReadmeCommand[] {
  const commands: ReadmeCommand[] = [];
  const lines = block.text.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const first = at;
    while (lines[at]?.endsWith("\\")) at++;
    const text = bare(lines.slice(first, at + 1));
    if (text === "") continue;
    const line = block.line + 1 + first;
    commands.push({ text, output: undefined, line, lineCount: at - first + 1 });
  }
  return commands;
}

function consoleCommands(block: ReadmeBlock): ReadmeCommand[] {
  const commands: ReadmeCommand[] = [];
  const lines = block.text.split("\n");
  for (let at = 0; at < lines.length;) {
    const first = at;
    if (!lines[at]?.startsWith("$ ")) {
      throw new Error(`Line ${block.line + 1 + at} is the output of no command: ${lines[at]}`);
    }
    while (lines[at]?.endsWith("\\")) at++;
    const text = bare(lines.slice(first, at + 1)).slice(2);
    const begin = ++at;
    while (at < lines.length && !lines[at]?.startsWith("$ ")) at++;
    const output = lines.slice(begin, at).join("\n").trimEnd();
    commands.push({ text, output, line: block.line + 1 + first, lineCount: at - first });
  }
  return commands;
}

/** Joins continued lines, and drops the comment: in the README `#` after blanks begins one. */
function bare(lines: readonly string[]): string {
  return lines.map((line) => line.replace(/\\$/, "").trim()).join(" ")
    .replace(/(^|\s+)#\s.*$/, "").trim();
}
