import { assert, assertEquals, assertMatch, assertNotMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import { parseConfigFile } from "../../../lib/core/mod.ts";
import { ConfigurationError } from "../../../lib/core/errors/error_classes.ts";

Deno.test("parseConfigFile() names every setting as the environment variable would be", () => {
  const settings = parseConfigFile(`
    [global]
    batch-size = 5
    sftp.host = "h"
    [development.global]
    IN_Progress_Path = "p"
    [Development.RPA-1]
    "use.distributed processing" = true
    [test.rpa1.deep.er]
    list = ["a", 1, false]
  `);

  assertEquals(
    [...settings].map(([name, { value, source }]) => [name, value, source]),
    [
      ["GLOBAL_BATCH_SIZE", 5, "opsdeck.toml [global] batch-size"],
      ["GLOBAL_SFTP_HOST", "h", "opsdeck.toml [global.sftp] host"],
      [
        "DEVELOPMENT_GLOBAL_IN_PROGRESS_PATH",
        "p",
        "opsdeck.toml [development.global] IN_Progress_Path",
      ],
      [
        "DEVELOPMENT_RPA_1_USE_DISTRIBUTED_PROCESSING",
        true,
        "opsdeck.toml [Development.RPA-1] use.distributed processing",
      ],
      ["TEST_RPA1_DEEP_ER_LIST", ["a", 1, false], "opsdeck.toml [test.rpa1.deep.er] list"],
    ],
  );
});

Deno.test("parseConfigFile() gives nothing for an empty file", () => {
  assertEquals(parseConfigFile("").size, 0);
  assertEquals(parseConfigFile("# only a comment\r\n[global]\r\n").size, 0);
});

const refused: [name: string, text: string, message: RegExp][] = [
  ["what is not TOML", "[global]\na = = 1\n", /"f.toml" is not valid TOML near line 2;/],
  ["a table that is not closed", "[global\n", /not valid TOML near line 1;/],
  ["a misspelt environment", "[developement.global]\na = 1\n", /\[developement\].*"development"\?/],
  [
    "a setting in no table",
    "batch_size = 5\n",
    /"batch_size".*put it under \[development\.global\]/,
  ],
  ["a setting of no flow", "[staging]\nsize = 5\n", /size".*put it under \[staging\.global\]/],
  ["a value in the place of a table", "global = 5\n", /"global" of "f.toml"/],
  [
    "a setting that is there twice",
    "[global]\na-b = 1\na_b = 2\n",
    /a_b and f.toml \[global\] a-b/,
  ],
  ["a date", "[global]\na = 1979-05-27\n", /\[global\] a must be text.*quotes/],
  ["infinity", "[global]\na = inf\n", /must be text, a number/],
  ["a number past 2^53", "[global]\na = 9007199254740993\n", /must be .*big number/],
  ["a list of lists", "[global]\na = [[1]]\n", /must be text/],
  ["a list of tables", "[[global.a]]\nb = 1\n", /must be text/],
];
for (const [name, text, message] of refused) {
  Deno.test(`parseConfigFile() refuses ${name}`, () => {
    const error = assertThrows(() => parseConfigFile(text, "f.toml"), ConfigurationError);

    assertMatch(error.message, message);
    assertEquals([error.exitCode, error.context.file], [2, "f.toml"]);
  });
}

Deno.test("parseConfigFile() tells the line of a syntax error in the context", () => {
  const error = assertThrows(() => parseConfigFile("[global]\n\nx = = 1\n"), ConfigurationError);

  assertEquals(error.context.line, 3);
});

Deno.test("parseConfigFile() does not print a line that holds a secret", () => {
  for (const text of ["db_password = = 'hunter2'", "p = 'hunter2", "p = hunter2", "hunter2"]) {
    const error = assertThrows(() => parseConfigFile(`[global]\n${text}\n`), ConfigurationError);

    assertNotMatch(Deno.inspect(error), /hunter2/);
  }
});

Deno.test("parseConfigFile() gives settings or a ConfigurationError for any text", () => {
  const piece = fc.oneof(
    fc.string({ unit: "binary", maxLength: 8 }),
    fc.constantFrom(
      "[global]",
      "[test.a]",
      "\n",
      "=",
      "a",
      '"',
      "'",
      "[",
      "]",
      "{",
      "}",
      ".",
      "#",
      "1",
    ),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      try {
        assert(parseConfigFile(pieces.join("")).size >= 0);
      } catch (error) {
        assert(error instanceof ConfigurationError, Deno.inspect(error));
        assertNotMatch(error.message, /\n/);
      }
    }),
    { numRuns: 300 },
  );
});

Deno.test("parseConfigFile() names everything that is of no use, at once", () => {
  const text = "day = 2026-01-01\n[developmnt.global]\nx = 1\n[global]\nsize = 1\nSIZE = 2\n";

  const error = assertThrows(() => parseConfigFile(text), ConfigurationError);

  const { problems } = error.context;
  assertEquals(Array.isArray(problems) ? problems.length : 0, 3);
});
