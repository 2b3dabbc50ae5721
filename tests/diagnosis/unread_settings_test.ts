import { assertEquals } from "@std/assert";
import {
  type FileEntry,
  findUnread,
  type KnownSetting,
} from "../../lib/diagnosis/settings/unread_settings.ts";

const known: KnownSetting[] = [
  setting("DB_PASSWORD", ["DEVELOPMENT_GLOBAL_DB_PASSWORD"], { isScoped: true, isSecret: true }),
  setting("SFTP_HOST", ["DEVELOPMENT_GLOBAL_SFTP_HOST", "GLOBAL_SFTP_HOST"], { isScoped: true }),
  setting("SFTP_PASS", ["DEVELOPMENT_GLOBAL_SFTP_PASS", "GLOBAL_SFTP_PASS"], {
    isScoped: true,
    isSecret: true,
  }),
  setting("RPA_DB_CONNECTION_STRING", ["DEVELOPMENT_GLOBAL_RPA_DB_CONNECTION_STRING"], {
    isScoped: true,
    isSecret: true,
  }),
  setting("CSV_PATH", ["DEVELOPMENT_DOWNLOADS_CSV_PATH", "DEVELOPMENT_GLOBAL_CSV_PATH"]),
  setting("DB_USER", ["DEVELOPMENT_RPA_DB_DB_USER", "DEVELOPMENT_GLOBAL_DB_USER"], {
    isScoped: true,
  }),
  setting("DB_USER", ["DEVELOPMENT_SURVEYHUB_DB_USER", "DEVELOPMENT_GLOBAL_DB_USER"]),
  setting("SOURCE_FILES", ["DEVELOPMENT_GLOBAL_SOURCE_FILES", "SOURCE_FILES"], { isScoped: true }),
];

function setting(
  key: string,
  variables: string[],
  { isScoped = false, isSecret = false } = {},
): KnownSetting {
  return { key, variables, isScoped, isSecret };
}

function unread(variables: string[], entries: FileEntry[] = []) {
  return findUnread("development", known, variables, entries)
    .map(({ name, suggestion }) => [name, suggestion]);
}

Deno.test("findUnread() passes over every name under which a setting is looked for", () => {
  const read = [
    "ENVIRONMENT",
    "OPSDECK_HOME",
    "OPSDECK_CONFIG",
    "GLOBAL_SFTP_HOST",
    "DEVELOPMENT_ACME_SFTP_HOST",
    "DEVELOPMENT_DISTRICT_12_SFTP_PASS_FILE",
    "DEVELOPMENT_GLOBAL_RPA_DB_CONNECTION_STRING_FILE",
    "DEVELOPMENT_GLOBAL_CSV_PATH",
    "DEVELOPMENT_SURVEYHUB_DB_USER",
    "DEVELOPMENT_RPA_1_SFTP_HOST",
    "DEVELOPMENT_SURVEYHUB_EU_SFTP_HOST",
    "SOURCE_FILES",
  ];

  assertEquals(unread(read), []);
});

Deno.test("findUnread() passes over other environments, and over what other programs may read", () => {
  const others = [
    "PRODUCTION_GLOBAL_SFTP_HOSST",
    "TEST_X",
    "DEVELOPMENT_TEAM",
    "GLOBAL_AGENT_HTTP_PROXY",
    "LOG_DIR",
  ];

  assertEquals(unread(others), []);
});

Deno.test("findUnread() says what a misspelt name was meant to be", () => {
  const slips: [string, string | null][] = [
    [
      "DEVELOPMENT_GLOBAL_RPA_DB_CONECTION_STRING",
      "DEVELOPMENT_GLOBAL_RPA_DB_CONNECTION_STRING",
    ],
    ["DEVELOPMENT_ACME_SFTP_HOSST", "DEVELOPMENT_ACME_SFTP_HOST"],
    ["DEVELOPMENT_SFTP_HOST", "DEVELOPMENT_GLOBAL_SFTP_HOST"],
    ["DEVELOPMENT_GLOBL_SFTP_HOST", "DEVELOPMENT_GLOBAL_SFTP_HOST"],
    ["DEVELOPMENT_GLOBAL_SFTP_HOST_FILE", "DEVELOPMENT_GLOBAL_SFTP_HOST"],
    ["DEVELOPMENT_GLOBAL_SFTP_PASSWORD", "DEVELOPMENT_GLOBAL_SFTP_PASS"],
    ["DEVELOPMENT_GLOBAL_DB_PASSWOR", "DEVELOPMENT_GLOBAL_DB_PASSWORD"],
    ["DEVELOPMENT_GLOBAL_SFTP_PASS_FIEL", "DEVELOPMENT_GLOBAL_SFTP_PASS_FILE"],
    ["DEVELOPMENT_ACME_CSV_PATH", "DEVELOPMENT_DOWNLOADS_CSV_PATH"],
    ["ENVIROMENT", "ENVIRONMENT"],
    ["OPSDECK_HOEM", "OPSDECK_HOME"],
    ["SOURCE_FILE", "SOURCE_FILES"],
    ["DEVELOPMENT_GLOBAL_BANANA", null],
  ];
  for (const [name, meant] of slips) assertEquals(unread([name]), [[name, meant]]);
});

Deno.test("findUnread() names a table and a key of the file as they are to be written", () => {
  const entry = (variable: string, source: string) => ({ variable, source });
  const entries = [
    entry("DEVELOPMENT_DOWNLOADS_CSV_PATH", "opsdeck.toml [development.downloads] csv_path"),
    entry("DEVELOPMENT_DOWNLODS_CSV_PATH", "opsdeck.toml [development.downlods] csv_path"),
    entry("DEVELOPMENT_ACME_SFTP_HOSST", "opsdeck.toml [development.acme] sftp_hosst"),
    entry("GLOBAL_SFTP_HOTS", "opsdeck.toml [global] sftp_hots"),
    entry("DEVELOPMENT_ACME_BANANA", "opsdeck.toml [development.acme] banana"),
    entry("PRODUCTION_GLOBAL_BANANA", "opsdeck.toml [production.global] banana"),
  ];

  assertEquals(unread([], entries), [
    ["opsdeck.toml [development.downlods] csv_path", "[development.downloads] csv_path"],
    ["opsdeck.toml [development.acme] sftp_hosst", "[development.acme] sftp_host"],
    ["opsdeck.toml [global] sftp_hots", "[global] sftp_host"],
    ["opsdeck.toml [development.acme] banana", null],
  ]);
});

Deno.test("findUnread() names a setting whose environment is misspelt, of a project too", () => {
  assertEquals(
    unread([
      "DEVELOPEMENT_GLOBAL_SFTP_HOST",
      "DEVELOPMNT_ACME_SFTP_PASS_FILE",
      "DEVELOPER_ACME_SFTP_HOST",
      "DEVELOPMENTS_NOTES",
    ]),
    [
      ["DEVELOPEMENT_GLOBAL_SFTP_HOST", "DEVELOPMENT_GLOBAL_SFTP_HOST"],
      ["DEVELOPMNT_ACME_SFTP_PASS_FILE", "DEVELOPMENT_ACME_SFTP_PASS_FILE"],
    ],
  );
});
