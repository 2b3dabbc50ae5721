import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import {
  callerDirectory,
  type EnvironmentReader,
  opsdeckHome,
  resolveCallerPath,
} from "../../../lib/core/mod.ts";
import { ConfigurationError } from "../../../lib/core/errors/error_classes.ts";
import { runModule } from "./run_module.ts";

function reader(variables: Record<string, string>): EnvironmentReader {
  return (name) => variables[name];
}

Deno.test("callerDirectory() gives INIT_CWD, which deno task sets", () => {
  assertEquals(callerDirectory(reader({ INIT_CWD: "/home/a b/x" })), "/home/a b/x");
});

Deno.test("callerDirectory() gives the working directory without INIT_CWD", () => {
  assertEquals(callerDirectory(reader({})), Deno.cwd());
  assertEquals(callerDirectory(reader({ INIT_CWD: "" })), Deno.cwd());
});

Deno.test("callerDirectory() says when the working directory is gone", async () => {
  const { stdout } = await runModule(
    `import { callerDirectory } from "./lib/core/mod.ts";
    const folder = Deno.makeTempDirSync();
    Deno.chdir(folder);
    Deno.removeSync(folder);
    try { callerDirectory(); } catch (e) { console.log(e.name, e.message); }`,
  );

  assertMatch(stdout, /^ConfigurationError Cannot find the working directory .*run again\n$/);
});

const paths: [path: string, wanted: string][] = [
  ["in/a.csv", "/work folder/in/a.csv"],
  ["./a.csv", "/work folder/a.csv"],
  ["../a.csv", "/a.csv"],
  ["", "/work folder"],
  ["/etc/a.csv", "/etc/a.csv"],
  ["~", "/home/me"],
  ["~/a.csv", "/home/me/a.csv"],
  ["~other/a.csv", "/work folder/~other/a.csv"],
  ["a~/b", "/work folder/a~/b"],
];
for (const [path, wanted] of paths) {
  Deno.test(`resolveCallerPath() makes "${path}" into "${wanted}"`, () => {
    const env = reader({ INIT_CWD: "/work folder", HOME: "/home/me" });

    assertEquals(resolveCallerPath(path, env), wanted);
  });
}

Deno.test("resolveCallerPath() refuses the text of a key and does not show it", () => {
  const keys = [
    "-----BEGIN OPENSSH PRIVATE KEY-----\nhidden",
    "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nhidden",
    "PuTTY-User-Key-File-3: ssh-ed25519\nhidden",
    "/keys/-----BEGIN RSA PRIVATE KEY----- hidden",
  ];
  for (const key of keys) {
    const error = assertThrows(() => resolveCallerPath(key, reader({})), ConfigurationError);

    assertMatch(
      error.message,
      /as it is a key and not a path to one; put it in a file of mode 600/,
    );
    assertEquals(JSON.stringify([error.message, error.context]).includes("hidden"), false);
  }
  assertEquals(resolveCallerPath("/keys/----BEGIN", reader({})), "/keys/----BEGIN");
});

Deno.test("resolveCallerPath() refuses a home folder that is not known", () => {
  const error = assertThrows(() => resolveCallerPath("~/x", reader({})), ConfigurationError);

  assertMatch(error.message, /"~\/x" as HOME is not set; set HOME/);
});

Deno.test("opsdeckHome() gives OPSDECK_HOME before the home folder", () => {
  const env = reader({ OPSDECK_HOME: "/var/lib/opsdeck", HOME: "/home/me", INIT_CWD: "/x" });

  assertEquals(opsdeckHome(env), "/var/lib/opsdeck");
  assertEquals(opsdeckHome(reader({ OPSDECK_HOME: "state", INIT_CWD: "/x" })), "/x/state");
  assertEquals(opsdeckHome(reader({ OPSDECK_HOME: "~/s", HOME: "/home/me" })), "/home/me/s");
  assertEquals(opsdeckHome(reader({ HOME: "/home/me" })), "/home/me/.local/state/opsdeck");
});

Deno.test("opsdeckHome() refuses when neither OPSDECK_HOME nor HOME is set", () => {
  const error = assertThrows(() => opsdeckHome(reader({ HOME: "" })), ConfigurationError);

  assertMatch(error.message, /set OPSDECK_HOME/);
});
