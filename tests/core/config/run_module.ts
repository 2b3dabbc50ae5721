/** Running a piece of code as a process of its own, with its own environment and permissions. */

import { fromFileUrl } from "@std/path";

const root = new URL("../../../", import.meta.url);

/** What the process gets beyond a clean environment and no permission. */
export interface ModuleOptions {
  /** Environment variables. */
  env?: Record<string, string>;
  /** Flags such as `--allow-env=HOME`. Defaults to all permissions. */
  permissions?: string[];
  /** The working folder. Defaults to the repository's. */
  cwd?: string;
}

/** Runs TypeScript whose imports from `./lib/` are those of the repository. */
export async function runModule(
  source: string,
  { env = {}, permissions = ["--allow-all"], cwd = fromFileUrl(root) }: ModuleOptions = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const kept = ["PATH", "HOME", "DENO_DIR", "XDG_CACHE_HOME"].flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--no-lock",
      `--config=${fromFileUrl(new URL("deno.json", root))}`,
      ...permissions,
      "-",
    ],
    clearEnv: true,
    env: { NO_COLOR: "1", ...Object.fromEntries(kept), ...env },
    cwd,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(source.replaceAll('"./lib/', `"${root.href}lib/`)));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
