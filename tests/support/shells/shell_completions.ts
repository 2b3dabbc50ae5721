/** Asks real shells what their Tab key would do. */

import { join } from "@std/path";
import type { Shell } from "../../../lib/core/command_line/completion/mod.ts";
import { temporaryFolder } from "../temporary_folder.ts";

/** Where a shell is asked. */
export interface ShellPlace {
  shell: Shell;
  /** The completion script that it sources. */
  completion: string;
  /** The folder that it is in. */
  cwd: string;
}

const here = import.meta.dirname ?? ".";
const terminal = ["python3", join(here, "type_in_terminal.py")];

/**
 * Gives what the shell offers at the end of each line. Where bash leaves the work to its own
 * completion of files, that is `compopt -o default`, and of folders `compopt -o dirnames`.
 */
export async function offeredWords(
  { shell, completion, cwd }: ShellPlace,
  lines: readonly string[],
): Promise<string[][]> {
  await using folder = await temporaryFolder("completions");
  const files = {
    COMPLETION: join(folder.path, "completion"),
    QUESTIONS: join(folder.path, "questions"),
    ANSWERS: join(folder.path, "answers"),
  };
  const keys = join(folder.path, "keys");
  await Deno.writeTextFile(files.COMPLETION, completion);
  await Deno.writeTextFile(files.QUESTIONS, lines.join("\n") + "\n");
  const commands: Record<Shell, string[]> = {
    // Its own Tab key asks it, so that it takes the lines apart itself; Ctrl-U then empties them.
    bash: [...terminal, keys, "bash", "--rcfile", join(here, "ask.bash"), "-i"],
    zsh: ["env", `ZDOTDIR=${folder.path}`, ...terminal, keys, "zsh", "-d", "-i"],
    fish: ["fish", "--no-config", join(here, "ask.fish")],
  };
  const typed = shell === "bash" ? `${lines.map((line) => `${line}\t\x15`).join("")}exit\n` : "";
  await Deno.writeTextFile(keys, typed);
  await Deno.copyFile(join(here, "ask.zsh"), join(folder.path, ".zshrc"));

  const said = await runShell(commands[shell], { cwd, home: folder.path, env: files });

  const answers = await Deno.readTextFile(files.ANSWERS).catch(() => "");
  const blocks = answers.split(/^== .*\n/m).slice(1);
  if (blocks.length !== lines.length) {
    throw new Error(
      `Cannot tell what ${shell} offers as it answered ${blocks.length} of ${lines.length} lines; ` +
        `it said: ${said}`,
    );
  }
  return blocks.map((block) => block.split("\n").filter((word) => word !== ""));
}

/**
 * Types keys at the prompt of the shell, Tab and Enter included, and gives the arguments that the
 * command of the line got.
 */
export async function typedArguments(
  { shell, completion, cwd }: ShellPlace,
  { command, keys }: { command: string; keys: string },
): Promise<string[]> {
  await using folder = await temporaryFolder("completions");
  const path = (name: string) => join(folder.path, name);
  const record = `printf '%s\\n' "$@" >'${path("arguments")}'`;
  const setUp: Record<Shell, string> = {
    bash: `${command}() { ${record}; }; PS1='ready> '; source '${path("completion")}'\n`,
    zsh: `autoload -Uz compinit && compinit -D -u; ${command}() { ${record}; }\n` +
      `PS1='ready> '; source '${path("completion")}'\n`,
    fish: `function ${command}; printf '%s\\n' $argv >'${path("arguments")}'; end\n` +
      `function fish_prompt; echo 'ready> '; end; source '${path("completion")}'\n`,
  };
  const commands: Record<Shell, string[]> = {
    bash: ["bash", "--rcfile", path("set_up"), "-i"],
    zsh: ["env", `ZDOTDIR=${folder.path}`, "zsh", "-d", "-i"],
    fish: ["fish", "--no-config", "-i", "-C", `source '${path("set_up")}'`],
  };
  await Deno.writeTextFile(path("completion"), completion);
  await Deno.writeTextFile(path("set_up"), setUp[shell]);
  await Deno.writeTextFile(path(".zshrc"), setUp[shell]);
  await Deno.writeTextFile(path("keys"), `${keys}exit\n`);

  const said = await runShell([...terminal, path("keys"), ...commands[shell]], {
    cwd,
    home: folder.path,
    env: {},
  });

  const given = await Deno.readTextFile(path("arguments")).catch((cause) => {
    throw new Error(`Cannot tell what ${shell} typed: ${said}`, { cause });
  });
  return given.replace(/\n$/, "").split("\n");
}

async function runShell(
  [program = "", ...args]: readonly string[],
  { cwd, home, env }: { cwd: string; home: string; env: Record<string, string> },
): Promise<string> {
  const { stdout, stderr } = await new Deno.Command("timeout", {
    args: ["-k", "1", "60", program, ...args],
    cwd,
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
      HOME: home,
      TERM: "dumb",
      LC_ALL: "C.UTF-8",
      ...env,
    },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return decoder.decode(stdout) + decoder.decode(stderr);
}
