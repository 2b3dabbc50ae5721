import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { readConfigFile } from "../../../lib/core/mod.ts";
import { ConfigurationError } from "../../../lib/core/errors/error_classes.ts";
import { runModule } from "./run_module.ts";
import { withFolder } from "./with_folder.ts";

Deno.test("readConfigFile() reads opsdeck.toml in the caller's folder", () =>
  withFolder((folder) => {
    Deno.writeTextFileSync(join(folder, "opsdeck.toml"), "[global]\na = 1\n");

    const settings = readConfigFile((name) => name === "INIT_CWD" ? folder : undefined);

    assertEquals(settings.get("GLOBAL_A"), { value: 1, source: "opsdeck.toml [global] a" });
  }));

Deno.test("readConfigFile() takes a missing opsdeck.toml for an empty one", () =>
  withFolder((folder) => {
    assertEquals(readConfigFile((name) => name === "INIT_CWD" ? folder : undefined).size, 0);
  }));

Deno.test("readConfigFile() reads the file that OPSDECK_CONFIG names in place of opsdeck.toml", () =>
  withFolder((folder) => {
    Deno.writeTextFileSync(join(folder, "opsdeck.toml"), "[global]\na = 1\n");
    Deno.writeTextFileSync(join(folder, "other.toml"), "\uFEFF[global]\r\na = 2\r\n");
    const env: Record<string, string> = { INIT_CWD: folder, OPSDECK_CONFIG: "other.toml" };

    const settings = readConfigFile((name) => env[name]);

    assertEquals(settings.get("GLOBAL_A"), { value: 2, source: "other.toml [global] a" });
  }));

Deno.test("readConfigFile() refuses a named file that is missing, a folder or not UTF-8", () =>
  withFolder((folder) => {
    Deno.writeFileSync(join(folder, "latin.toml"), new Uint8Array([0x23, 0xe9, 0x0a]));
    const cases: [string, RegExp][] = [
      ["absent.toml", /absent\.toml" does not exist; correct OPSDECK_CONFIG/],
      [".", /cannot be read; correct OPSDECK_CONFIG/],
      ["latin.toml", /"latin\.toml" is not UTF-8 text; save/],
    ];
    for (const [name, message] of cases) {
      const env: Record<string, string> = { INIT_CWD: folder, OPSDECK_CONFIG: name };
      const error = assertThrows(() => readConfigFile((name) => env[name]), ConfigurationError);
      assertMatch(error.message, message);
    }
  }));

Deno.test("readConfigFile() needs read permission only for a named file", () =>
  withFolder(async (folder) => {
    Deno.writeTextFileSync(join(folder, "opsdeck.toml"), "[global]\na = 1\n");
    const source = `import { readConfigFile } from "./lib/core/mod.ts";
      try { console.log(readConfigFile().size); } catch (e) { console.log(e.code, e.message); }`;
    const permissions = ["--allow-env"];

    const unnamed = await runModule(source, { cwd: folder, permissions });
    const named = await runModule(source, {
      cwd: folder,
      permissions,
      env: { OPSDECK_CONFIG: "opsdeck.toml" },
    });

    assertEquals(unnamed.stdout, "0\n");
    assertMatch(named.stdout, /^PERMISSION_MISSING .*--allow-read=\/.*\/opsdeck\.toml\n$/);
  }));
