/**
 * Proves of a command that its real job can be done by exactly the permissions of its script, and
 * by the line that `--print-permissions` prints for it, and that this line is as narrow as it says.
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import parseArgv from "string-argv";
import {
  runPrintedLine,
  runScript,
  scriptPath,
  type ScriptResult,
} from "../../support/run_script.ts";
import { listsOf } from "./declared.ts";
import { allRefused, runProbe } from "./run_probe.ts";

/** A command and its job. */
export interface Job {
  /** The script. */
  script: string;
  /** Its words. */
  args: readonly string[];
  /** What the line lists of the network: nothing, these hosts, or all that the set allows. */
  net: readonly string[] | "as the set";
  /** What the line lists of programs. Defaults to none. */
  run?: readonly string[];
  /** Whether the script must fail without its network, and give the line; some report it instead. */
  failsOffline?: boolean;
  /** What it reads on standard input. */
  stdin?: string;
  /** Puts things in order before each run. */
  prepare?: () => unknown;
  /** Looks at what was done. */
  check: (result: ScriptResult) => unknown;
}

/** Where jobs are done. */
export interface JobPlace {
  /** The folder that scripts are run from. */
  folder: string;
  /** Their variables. */
  env: Readonly<Record<string, string>>;
  /** What stands in for the first line's lists, where the state is not in the home. */
  permissions?: (script: string) => readonly string[];
}

/** Does the job under the script's own permissions and under the printed line, and tries the line. */
export async function proveJob(place: JobPlace, job: Job): Promise<void> {
  const { script, args, stdin } = job;
  const options = {
    cwd: place.folder,
    env: place.env,
    ...(stdin === undefined ? {} : { stdin }),
  };
  const permissions = place.permissions?.(script) ?? [];

  await job.prepare?.();
  await job.check(await runScript(script, args, { ...options, permissions }));
  const printed = await runScript(script, [...args, "--print-permissions"], {
    ...options,
    permissions,
  });
  assertEquals([printed.code, printed.stderr], [0, ""], `${script} --print-permissions`);
  const line = args.includes("--json") ? String(Object(printed.json()).command) : printed.stdout;
  await job.prepare?.();
  await job.check(await runPrintedLine(line, options));

  const words = parseArgv(line.trim());
  const flags = words.slice(2, words.indexOf(scriptPath(script)));
  assertEquals(networkOf(flags), job.net, line);
  assertEquals(listsOf(flags).run, job.run ?? [], line);
  if (job.failsOffline) await checkRefusal(job, line, options, permissions);
  const isOpen = job.net === "as the set";
  const { writeHere: _isOfTheJob, ...outcome } = await runProbe(flags, {
    cwd: place.folder,
    env: { ...place.env, UNRELATED_SECRET: "x" },
    // The homes of tests lie in the folder that the scripts are run from.
    home: "/home/somebody",
    variables: ["UNRELATED_SECRET"],
    ...(isOpen ? {} : { host: "192.0.2.1" }),
  });
  assertEquals(outcome, {
    ...allRefused,
    ...(isOpen ? {} : { host: "NotCapable", listen: "NotCapable" }),
    UNRELATED_SECRET: false,
  });
}

/** Without its network, the script must name what it lacks and give the line that was printed. */
async function checkRefusal(
  { script, args, prepare }: Job,
  line: string,
  options: { cwd: string; env: Readonly<Record<string, string>> },
  permissions: readonly string[],
): Promise<void> {
  await prepare?.();
  const narrow = [...permissions, "--allow-net=192.0.2.1:9"];
  const { code, stdout, stderr } = await runScript(script, args, {
    ...options,
    permissions: narrow,
  });
  const said = args.includes("--json") ? String(JSON.parse(stdout).error) : stderr;
  assertEquals(code, 2, said);
  assertMatch(said, /Cannot proceed as the script has no net permission for "[^"]+"; run it as: /);
  assertStringIncludes(said, line.trim());
}

function networkOf(flags: readonly string[]): Job["net"] {
  if (flags.includes("--deny-net")) return [];
  const [, list] = flags.map((flag) => /^--allow-net=(.*)$/.exec(flag) ?? [])
    .find((match) => match.length > 0) ?? [];
  return list === undefined ? "as the set" : list.split(",");
}
