/** Running the probe under flags of `deno run`. */

import { join } from "@std/path";
import { packageFolder } from "../../support/run_script.ts";

/** Where the probe runs, and what it tries besides. */
export interface ProbePlan {
  /** The working folder. */
  cwd: string;
  /** Its variables; nothing else of this process is passed on. */
  env: Readonly<Record<string, string>>;
  /** A home that must not be read. Defaults to that of `env`. */
  home?: string;
  /** A host to connect to; without one, hosts are not tried. */
  host?: string;
  /** The port there. */
  port?: number;
  /** Variables to read: true for those that can be. */
  variables?: readonly string[];
}

const probe = join(import.meta.dirname ?? ".", "probe.ts");

/** Runs the probe under flags, and gives what became of each attempt. */
export async function runProbe(
  flags: readonly string[],
  { cwd, env, home = env["HOME"], host, port, variables = [] }: ProbePlan,
): Promise<Record<string, string | boolean>> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, probe, JSON.stringify({ home, host, port, variables })],
    cwd,
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin", DENO_DIR: packageFolder(), ...env },
  }).output();
  const text = new TextDecoder().decode(stdout);
  if (text === "") throw new Error(`The probe failed: ${new TextDecoder().decode(stderr)}`);
  return JSON.parse(text);
}

/** What becomes of the attempts that no script may succeed in. */
export const allRefused = {
  readPasswords: "NotCapable",
  readHome: "NotCapable",
  writeElsewhere: "NotCapable",
  writePrograms: "NotCapable",
  run: "NotCapable",
  shell: "NotCapable",
  ffi: "NotCapable",
  sys: "NotCapable",
  signal: "NotCapable",
  import: "NotCapable",
} as const;
