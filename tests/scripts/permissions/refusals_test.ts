import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { flagName } from "../../../lib/core/command_line/option_table.ts";
import { withPermissionLine } from "../../../lib/core/command_line/permission_error.ts";
import type { PermissionNeeds } from "../../../lib/core/command_line/mod.ts";
import { ConfigurationError, permissionMissing } from "../../../lib/core/mod.ts";
import { runPrintedLine, runScript } from "../../support/run_script.ts";
import { temporaryFolder } from "../../support/temporary_folder.ts";
import { allInvocations } from "../all_scripts.ts";

Deno.test("every script that may not read its configuration names it with a line that may", async () => {
  await using folder = await temporaryFolder("refusals", "/var/tmp");
  const path = await Deno.realPath(folder.path);
  const config = join(path, "settings.toml");
  const here = join(path, "here");
  await Deno.mkdir(here);
  await Deno.writeTextFile(config, "this is no TOML");
  const env = { HOME: join(path, "home"), OPSDECK_CONFIG: config };

  const first = Map.groupBy(await allInvocations(), ({ name }) => name);
  const outcomes = await Promise.all(
    [...first.values()].flatMap(([one]) => one ?? []).map(async ({ name, words, command }) => {
      const required = Object.entries(command.options).flatMap(([option, spec]) =>
        "required" in spec && spec.required ? [`--${flagName(option)}`, "x"] : []
      );
      const { code, stderr } = await runScript(name, [...words, ...required], { cwd: here, env });
      const [, line = ""] = /; run it as: (deno .*)\n$/.exec(stderr) ?? [];
      const again = line === "" ? undefined : await runPrintedLine(line, { cwd: here, env });
      return { name, code, stderr, again };
    }),
  );

  for (const { name, code, stderr, again } of outcomes) {
    // What reports on the configuration goes on without it.
    if (["doctor", "show-config"].includes(name)) continue;
    assertEquals(code, 2, `${name}: ${stderr}`);
    assertMatch(stderr, /^Error: Cannot proceed as the script has no read permission for /);
    assertStringIncludes(stderr, `"${config}"`);
    assertMatch(again?.stderr ?? "", /is not valid TOML/, `${name}: ${stderr}`);
  }
});

const refused = (access: string) =>
  new Deno.errors.NotCapable(
    `Requires ${access}, run again with the --allow-${access.split(" ")[0]} flag`,
  );
const known: PermissionNeeds = { net: ["db.example:5432", "127.0.0.1"], read: ["/here"] };
const line = (needs: PermissionNeeds) => Promise.resolve(JSON.stringify(needs));

Deno.test("a refusal names kind and value, and its line has both", async () => {
  const cases: [error: Error, what: string, needs: PermissionNeeds][] = [
    [refused('read access to "/a"'), 'read permission for "/a"', {
      ...known,
      read: ["/here", "/a"],
    }],
    [refused('write access to "/a"'), 'write permission for "/a"', { ...known, write: ["/a"] }],
    [refused('run access to "git"'), 'run permission for "git"', { ...known, run: ["git"] }],
    [refused('net access to "x.example:22"'), 'net permission for "x.example:22"', {
      ...known,
      net: ["db.example:5432", "127.0.0.1", "x.example:22"],
    }],
    [refused('net access to "127.0.0.1:99"'), 'net permission for "127.0.0.1:99"', known],
    [
      Object.assign(new Error("getaddrinfo EPERM"), {
        code: "EPERM",
        syscall: "getaddrinfo",
        hostname: "db.example",
      }),
      'net permission for "db.example"',
      known,
    ],
  ];
  for (const [error, what, needs] of cases) {
    const wrapped = new ConfigurationError("outside", { cause: permissionMissing(error) ?? error });

    const { message, code, exitCode } = await withPermissionLine(
      wrapped,
      () => Promise.resolve(known),
      line,
    );

    assertEquals(
      message,
      `Cannot proceed as the script has no ${what}; run it as: ${JSON.stringify(needs)}`,
    );
    assertEquals([code, exitCode], ["PERMISSION_MISSING", 2]);
  }
});

Deno.test("a refusal of what a permission set leaves out says so, and gives no line", async () => {
  for (const kind of ["sys", "env", "ffi", "import"]) {
    const error = refused(`${kind} access to "x"`);

    const { message } = await withPermissionLine(error, () => Promise.resolve(known), line);

    assertEquals(
      message,
      `Cannot proceed as the script has no ${kind} permission for "x"; its permission set in ` +
        "deno.json leaves that out for good",
    );
  }
});
