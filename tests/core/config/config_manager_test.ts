import { assert, assertEquals, assertMatch, assertNotMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import { join } from "@std/path";
import {
  ConfigManager,
  type Environment,
  environments,
  parseConfigFile,
  Secret,
} from "../../../lib/core/mod.ts";
import { ConfigurationError } from "../../../lib/core/errors/error_classes.ts";
import { runModule } from "./run_module.ts";
import { withFolder } from "./with_folder.ts";

const pem = "-----BEGIN OPENSSH PRIVATE KEY----- ";

function manager(
  variables: Record<string, string>,
  { flow = "rpa1", environment = "development", toml = "" }: {
    flow?: string;
    environment?: Environment;
    toml?: string;
  } = {},
): ConfigManager {
  return new ConfigManager(flow, {
    environment,
    env: (name) => Object.hasOwn(variables, name) ? variables[name] : undefined,
    file: parseConfigFile(toml),
  });
}

Deno.test("ConfigManager looks at flow, environment and global, each in the environment and then in the file", () => {
  fc.assert(fc.property(
    fc.constantFrom(...environments),
    fc.subarray([0, 1, 2, 3, 4, 5, 6]),
    fc.constantFrom("batch_size", "Batch-Size", "batch.size", "BATCH SIZE", "SOURCE_FILES"),
    fc.constantFrom("rpa1", "RPA-1", "a.b"),
    (environment, present, key, flow) => {
      const name = key.toUpperCase().replace(/[-. ]/g, "_");
      const flowName = flow.toUpperCase().replace(/[-.]/g, "_");
      const upper = environment.toUpperCase();
      const variableNames = [
        `${upper}_${flowName}_${name}`,
        `${upper}_GLOBAL_${name}`,
        `GLOBAL_${name}`,
      ];
      const tables = [`${environment}."${flow}"`, `${environment}.global`, "global"];
      const others = environments.filter((other) => other !== environment);
      const variables: Record<string, string> = {};
      let toml = others.map((other) => `[${other}.global]\n"${key}" = "other"\n`).join("");
      variableNames.forEach((variable, level) => {
        if (present.includes(level * 2)) variables[variable] = `value${level * 2}`;
      });
      tables.forEach((table, level) => {
        if (present.includes(level * 2 + 1)) {
          toml += `[${table}]\n"${key}" = "value${level * 2 + 1}"\n`;
        }
      });
      if (present.includes(6)) variables[name] = "value6";
      const reachable = present.filter((place) => place < 6 || key === "SOURCE_FILES");
      const expected = reachable.length === 0 ? "none" : `value${Math.min(...reachable)}`;

      const config = manager(variables, { flow, environment, toml });

      assertEquals(config.getVariable(key, "none"), expected);
      const secret = config.getSecret(key);
      assertEquals(secret === undefined ? "none" : secret.reveal(), expected);
      assertEquals(config.lookup(key)?.value ?? "none", expected);
    },
  ));
});

Deno.test("lookup() names what supplied the value", () => {
  const toml = `[development.rpa1]\nb = 2\n`;
  const config = manager({ DEVELOPMENT_RPA1_A: "1", LOG_LEVEL: "info" }, { toml });

  assertEquals(config.lookup("a"), { value: "1", source: "DEVELOPMENT_RPA1_A", level: "flow" });
  assertEquals(config.lookup("b"), {
    value: "2",
    source: "opsdeck.toml [development.rpa1] b",
    level: "flow",
  });
  assertEquals(config.lookup("log_level")?.level, "bare");
  assertEquals(config.lookup("c"), undefined);
});

Deno.test("lookup() looks for a database's own setting after the flow's and before the global one", () => {
  const own = { DEVELOPMENT_SURVEYHUB_A: "database", DEVELOPMENT_GLOBAL_A: "environment" };
  const toml = `[development.SurveyHub]\nb = "file"\n[development.global]\nb = "environment"\n`;
  const all = manager({ ...own, DEVELOPMENT_RPA1_A: "flow" }, { toml });
  const most = manager(own, { toml });
  const database = "SurveyHub";

  assertEquals(all.lookup("a", { database })?.value, "flow");
  assertEquals(most.lookup("a", { database }), {
    value: "database",
    source: "DEVELOPMENT_SURVEYHUB_A",
    level: "database",
  });
  assertEquals(most.lookup("b", { database, secret: true })?.value.reveal(), "file");
  assertEquals(most.lookup("a")?.value, "environment");
  assertEquals(most.lookup("a", { database: "rpa_db" })?.value, "environment");
});

Deno.test("lookup() gives a secret as a Secret", () => {
  const found = manager({ GLOBAL_API_SECRET: "hunter2" }).lookup("api_secret", { secret: true });

  assert(found?.value instanceof Secret);
  assertEquals(
    JSON.stringify(found),
    '{"value":"***","source":"GLOBAL_API_SECRET","level":"global"}',
  );
});

Deno.test("candidates() lists the variables in their order", () => {
  const all = ["STAGING_RPA1_A_B", "STAGING_GLOBAL_A_B", "GLOBAL_A_B"];

  assertEquals(manager({}, { environment: "staging" }).candidates("a-b"), all);
  assertEquals(manager({}, { environment: "staging", flow: "" }).candidates("a-b"), all.slice(1));
  assertEquals(
    manager({}, { environment: "staging", flow: "Global" }).candidates("a-b"),
    all.slice(1),
  );
  assertEquals(manager({}, { flow: "" }).candidates("IN_Progress_Path").slice(2), [
    "IN_Progress_Path",
    "IN_PROGRESS_PATH",
  ]);
});

Deno.test("ConfigManager reads the bare variables of the references, and no other", () => {
  for (
    const name of [
      "SOURCE_FILES",
      "IN_Progress_Path",
      "IN_PROGRESS_PATH",
      "PROFILE_CODE",
      "DOC_AI_API_URL",
      "LOG_LEVEL",
      "LOG_FORMAT",
    ]
  ) {
    assertEquals(manager({ [name]: "v" }).getVariable(name), "v");
    assertEquals(manager({ [name]: "v" }).getVariable(name.toLowerCase()), "v");
  }
  assertEquals(manager({ SFTP_HOST: "v", API_SECRET: "v" }).getVariable("SFTP_HOST"), undefined);
});

Deno.test("ConfigManager takes an empty value for none", () => {
  const toml = `[development.rpa1]\na = ""\n[global]\na = "last"\n`;
  const config = manager({ DEVELOPMENT_RPA1_A: "", DEVELOPMENT_GLOBAL_A: "" }, { toml });

  assertEquals(config.getVariable("a"), "last");
});

Deno.test("ConfigManager keeps two environments apart", () => {
  const variables = { TEST_RPA1_A: "t", PRODUCTION_RPA1_A: "p" };

  assertEquals(manager(variables, { environment: "test" }).getVariable("a"), "t");
  assertEquals(manager(variables, { environment: "production" }).getVariable("a"), "p");
  assertEquals(manager(variables, { environment: "staging" }).getVariable("a"), undefined);
});

Deno.test("ConfigManager takes the environment from ENVIRONMENT", () => {
  const env = (name: string) => ({ ENVIRONMENT: "test", TEST_GLOBAL_A: "t" })[name];

  assertEquals(new ConfigManager(undefined, { env, file: new Map() }).getVariable("a"), "t");
});

const good: [
  name: string,
  read: (config: ConfigManager) => unknown,
  value: string,
  wanted: unknown,
][] = [
  ["a whole number", (config) => config.getVariable("k", 1), "250", 250],
  ["a negative number", (config) => config.getVariable("k", 1), " -2 ", -2],
  ["a fraction", (config) => config.getVariable("k", 1), "0.25", 0.25],
  ["an exponent", (config) => config.getVariable("k", 1), "1e3", 1000],
  ["both limits themselves", (config) => config.getVariable("k", 1, { min: 5, max: 5 }), "5", 5],
  ["true", (config) => config.getVariable("k", false), "TRUE", true],
  ["1", (config) => config.getVariable("k", false), "1", true],
  ["yes", (config) => config.getVariable("k", false), "yes", true],
  ["on", (config) => config.getVariable("k", false), " On ", true],
  ["false", (config) => config.getVariable("k", true), "false", false],
  ["0", (config) => config.getVariable("k", true), "0", false],
  ["no", (config) => config.getVariable("k", true), "No", false],
  ["off", (config) => config.getVariable("k", true), "off", false],
  ["a list", (config) => config.getVariable("k", ["x"]), "a, b ,,c,", ["a", "b", "c"]],
  ["text with blanks", (config) => config.getVariable("k", "x"), " a, b ", " a, b "],
  ["text that looks like a number", (config) => config.getVariable("k", "x"), "007", "007"],
  [
    "a choice in another case",
    (config) => config.getVariable("k", "info", { choices: ["info", "DEBUG"] }),
    "debug",
    "DEBUG",
  ],
  [
    "a choice without a default",
    (config) => config.getVariable("k", undefined, { choices: ["a"] }),
    "A",
    "a",
  ],
  ["a required choice", (config) => config.requireVariable("k", { choices: ["a"] }), " A ", "a"],
];
for (const [name, read, value, wanted] of good) {
  Deno.test(`getVariable() reads ${name}`, () => {
    assertEquals(read(manager({ DEVELOPMENT_RPA1_K: value })), wanted);
  });
}

const bad: [value: string, read: (config: ConfigManager) => unknown, wanted: string][] = [
  [
    "abc",
    (config) => config.getVariable("k", 100),
    'a number: it is "abc"; correct it or unset it to use 100',
  ],
  ["NaN", (config) => config.getVariable("k", 1), "a number:"],
  ["Infinity", (config) => config.getVariable("k", 1), "a number:"],
  ["1e999", (config) => config.getVariable("k", 1), "a number:"],
  ["0x10", (config) => config.getVariable("k", 1), "a number:"],
  ["1,5", (config) => config.getVariable("k", 1), "a number:"],
  ["5 s", (config) => config.getVariable("k", 1), "a number:"],
  [" ", (config) => config.getVariable("k", 1), "a number:"],
  [
    "0",
    (config) => config.getVariable("k", 5, { min: 1, max: 9 }),
    'a number from 1 to 9: it is "0"',
  ],
  ["10", (config) => config.getVariable("k", 5, { max: 9 }), "a number of at most 9:"],
  ["-1", (config) => config.getVariable("k", 5, { min: 0 }), "a number of at least 0:"],
  ["1.5", (config) => config.getVariable("k", 5, { integer: true }), "a whole number:"],
  [
    "9007199254740993",
    (config) => config.getVariable("k", 5, { integer: true }),
    "a whole number:",
  ],
  [
    "maybe",
    (config) => config.getVariable("k", false),
    'true or false: it is "maybe"; correct it or unset it to use false',
  ],
  ["2", (config) => config.getVariable("k", true), "true or false:"],
  [
    "verbose",
    (config) => config.getVariable("k", "info", { choices: ["info", "debug"] }),
    'one of info, debug: it is "verbose"',
  ],
  [
    "b",
    (config) => config.getVariable("k", undefined, { choices: ["a"] }),
    'one of a: it is "b"; correct it or unset it',
  ],
  ["b\nc", (config) => config.getVariable("k", 1), 'it is "b\\nc"'],
];
for (const [value, read, wanted] of bad) {
  Deno.test(`getVariable() refuses ${JSON.stringify(value)} where it must be ${wanted}`, () => {
    const error = assertThrows(
      () => read(manager({ DEVELOPMENT_GLOBAL_K: value })),
      ConfigurationError,
    );

    assertEquals(error.exitCode, 2);
    assert(
      error.message.startsWith("Cannot use DEVELOPMENT_GLOBAL_K as it must be "),
      error.message,
    );
    assert(error.message.includes(wanted), error.message);
    assertNotMatch(error.message, /\n/);
  });
}

Deno.test("getVariable() names the place in the file that holds a bad value", () => {
  const config = manager({}, { toml: `[development.rpa1]\nbatch-size = "many"\n` });

  const error = assertThrows(() => config.getVariable("batch_size", 1), ConfigurationError);

  assertMatch(error.message, /^Cannot use opsdeck\.toml \[development\.rpa1\] batch-size as/);
});

Deno.test("getVariable() reads the types of the file", () => {
  const config = manager({}, {
    toml: `[global]\nn = 5\nt = "5"\nb = true\none = 1\nl = ["a,b", " c "]\nnone = []\nf = 1.5\n`,
  });

  assertEquals(config.getVariable("n", 1), 5);
  assertEquals(config.getVariable("t", 1), 5);
  assertEquals(config.getVariable("n", "x"), "5");
  assertEquals(config.getVariable("b", false), true);
  assertEquals(config.getVariable("one", false), true);
  assertEquals(config.getVariable("l", ["x"]), ["a,b", "c"]);
  assertEquals(config.getVariable("none", ["x"]), []);
  assertEquals(config.getVariable("f", 1), 1.5);
  for (const read of [() => config.getVariable("l"), () => config.getVariable("f", "x")]) {
    assertMatch(assertThrows(read, ConfigurationError).message, /must be one text in quotes/);
  }
  assertThrows(() => config.getVariable("l", 1), ConfigurationError);
  assertThrows(() => config.getVariable("b", 1), ConfigurationError);
});

Deno.test("getVariable() gives the default, and a copy of a list", () => {
  const config = manager({});
  const list = ["a"];

  const copy = config.getVariable("k", list);
  copy.push("b");

  assertEquals(list, ["a"]);
  assertEquals(config.getVariable("k"), undefined);
  assertEquals(config.getVariable("k", 5), 5);
  assertEquals(config.getVariable("k", ""), "");
  assertEquals(config.getVariable("k", false), false);
});

Deno.test("getVariable() has the type of its default", () => {
  const config = manager({});

  const number: number = config.getVariable("k", 5, { min: 1 });
  const flag: boolean = config.getVariable("k", true);
  const list: string[] = config.getVariable("k", ["a"]);
  const text: string = config.getVariable("k", "a");
  const choice: "a" | "b" = config.getVariable("k", "a", { choices: ["a", "b"] });
  const none: string | undefined = config.getVariable("k");

  assertEquals([number, flag, list, text, choice, none], [5, true, ["a"], "a", "a", undefined]);
});

Deno.test("requireVariable() names what to set", () => {
  const error = assertThrows(() => manager({}).requireVariable("SFTP_HOST"), ConfigurationError);

  assertEquals(
    error.message,
    'Cannot find the setting "SFTP_HOST" as it is not set; set DEVELOPMENT_RPA1_SFTP_HOST ' +
      "(or DEVELOPMENT_GLOBAL_SFTP_HOST, GLOBAL_SFTP_HOST), or sftp_host in the configuration " +
      "file under [development.rpa1] or [development.global] or [global]",
  );
  assertEquals([error.code, error.exitCode], ["SETTING_MISSING", 2]);
});

Deno.test("requireSecret() names the file variable too", () => {
  const error = assertThrows(() => manager({}).requireSecret("SFTP_PASS"), ConfigurationError);

  assertMatch(
    error.message,
    /DEVELOPMENT_RPA1_SFTP_PASS_FILE \(the path of a file that holds it\)/,
  );
});

Deno.test("getSecret() gives the default when it is not set", () => {
  assertEquals(manager({}).getSecret("k"), undefined);
  assertEquals(manager({}).getSecret("k", null), null);
  assertEquals(manager({}).getSecret("k", "d"), "d");
});

Deno.test("getSecret() refuses a number in the file without printing it", () => {
  const config = manager({}, { toml: "[global]\npin = 918273\n" });

  const error = assertThrows(() => config.getSecret("pin"), ConfigurationError);

  assertMatch(error.message, /opsdeck\.toml \[global\] pin .* put it in quotes$/);
  assertNotMatch(Deno.inspect(error), /918273/);
});

Deno.test("getSecret() reads the file that <name>_FILE names, without its last newline", () =>
  withFolder((folder) => {
    const cases: [content: string, wanted: string][] = [
      ["p w\n", "p w"],
      ["pw\r\n", "pw"],
      ["pw\n\n", "pw\n"],
      ["pw", "pw"],
      ["\npw ", "\npw "],
    ];
    for (const [content, wanted] of cases) {
      const path = join(folder, "secret");
      Deno.writeTextFileSync(path, content);

      const found = manager({ DEVELOPMENT_GLOBAL_PW_FILE: path }).lookup("pw", { secret: true });

      assertEquals(found?.value.reveal(), wanted);
      assertEquals([found?.source, found?.level], ["DEVELOPMENT_GLOBAL_PW_FILE", "environment"]);
    }
  }));

Deno.test("getSecret() prefers the variable to its file, and the file to a less specific place", () =>
  withFolder((folder) => {
    const path = join(folder, "secret");
    Deno.writeTextFileSync(path, "from file");
    const toml = `[development.rpa1]\npw = "from toml"\n`;
    const file = { DEVELOPMENT_RPA1_PW_FILE: path, GLOBAL_PW: "global" };

    assertEquals(manager(file, { toml }).getSecret("pw")?.reveal(), "from file");
    assertEquals(
      manager({ ...file, DEVELOPMENT_RPA1_PW: "direct" }, { toml }).getSecret("pw")?.reveal(),
      "direct",
    );
  }));

Deno.test("getVariable() does not read <name>_FILE", () => {
  assertEquals(manager({ GLOBAL_A_FILE: "/no/such/file" }).getVariable("a"), undefined);
});

Deno.test("getSecret() refuses a secret file that is missing, empty, a folder or not UTF-8", () =>
  withFolder((folder) => {
    Deno.writeTextFileSync(join(folder, "empty"), "\n");
    Deno.writeFileSync(join(folder, "bytes"), new Uint8Array([0xff, 0xfe]));
    const cases: [string, RegExp][] = [
      ["absent", /absent" does not exist; correct the path/],
      ["empty", /empty" is empty; write the secret/],
      ["bytes", /bytes" is not UTF-8 text/],
      ["", /cannot be read/],
    ];
    for (const [name, message] of cases) {
      const config = manager({ GLOBAL_PW_FILE: join(folder, name) });
      const error = assertThrows(() => config.getSecret("pw"), ConfigurationError);
      assertMatch(error.message, /^Cannot read the secret file of GLOBAL_PW_FILE as /);
      assertMatch(error.message, message);
      assertEquals(error.exitCode, 2);
    }
  }));

Deno.test("getSecret() does not show what may be the secret itself in the place of its file's path", () => {
  for (const pasted of ["hidden", "hidden/x==", "hidden".repeat(200), `${pem}hidden`]) {
    const config = manager({ GLOBAL_PW_FILE: pasted });

    const error = assertThrows(() => config.getSecret("pw"), ConfigurationError);

    assertMatch(error.message, /GLOBAL_PW_FILE/);
    assertNotMatch(Deno.inspect(error) + JSON.stringify(error.context), /hidden/);
  }
});

Deno.test("ConfigManager shows no key that is pasted where its path is wanted, and names the setting", () => {
  const toml = `[development.rpa1]\nlist = ["a", "${pem}hidden"]\nkey_path = "${pem}hidden"\n`;
  const config = manager({ GLOBAL_PORT: `${pem}hidden` }, { toml });
  const reads: [read: () => unknown, source: string][] = [
    [() => config.getVariable("key_path"), "opsdeck.toml [development.rpa1] key_path"],
    [() => config.getVariable("key_path", "default"), "opsdeck.toml [development.rpa1] key_path"],
    [() => config.requireVariable("key_path"), "opsdeck.toml [development.rpa1] key_path"],
    [() => config.lookup("key_path"), "opsdeck.toml [development.rpa1] key_path"],
    [() => config.getVariable("list", ["x"]), "opsdeck.toml [development.rpa1] list"],
    [() => config.getVariable("port", 22), "GLOBAL_PORT"],
  ];

  for (const [read, source] of reads) {
    const error = assertThrows(read, ConfigurationError);

    assertEquals(
      error.message,
      `Cannot use ${source} as it is a key and not a path to one; put it in a file of mode 600 ` +
        "and name that",
    );
    assertEquals([error.context, error.exitCode], [{ setting: source }, 2]);
  }
  assertEquals(config.getSecret("key_path")?.reveal(), `${pem}hidden`);
});

Deno.test("ConfigManager reads the process's environment and the caller's opsdeck.toml", () =>
  withFolder(async (folder) => {
    Deno.writeTextFileSync(join(folder, "opsdeck.toml"), "[staging.rpa1]\nsize = 7\n");
    Deno.writeTextFileSync(join(folder, "pw"), "hunter2\n");

    const { stdout, stderr } = await runModule(
      `import { ConfigManager } from "./lib/core/mod.ts";
      const config = new ConfigManager("rpa1");
      console.log(config.getVariable("size", 1), config.getVariable("name"));
      try { config.getSecret("pw"); } catch (e) { console.log(e.code, e.message); }`,
      {
        env: {
          ENVIRONMENT: "staging",
          STAGING_RPA1_NAME: "n",
          INIT_CWD: folder,
          STAGING_GLOBAL_PW_FILE: "pw",
        },
        permissions: ["--allow-env", `--allow-read=${join(folder, "opsdeck.toml")}`],
      },
    );

    const [values, refused] = stdout.split("\n");
    assertEquals(values, "7 n", stderr);
    assertMatch(refused ?? "", /^PERMISSION_MISSING .* run again with --allow-read=\/.*\/pw$/);
  }));
