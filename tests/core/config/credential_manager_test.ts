import { assertEquals, assertMatch, assertNotMatch, assertThrows } from "@std/assert";
import { CredentialManager, type EnvironmentReader } from "../../../lib/core/mod.ts";
import { ConfigurationError } from "../../../lib/core/errors/error_classes.ts";

function credentials(variables: Record<string, string>): CredentialManager {
  const env: EnvironmentReader = (name) => variables[name];
  return new CredentialManager({ environment: "test", env, file: new Map() });
}

const server = {
  TEST_GLOBAL_SFTP_HOST: "sftp.example.com",
  TEST_GLOBAL_SFTP_USER: "deck",
  TEST_GLOBAL_SFTP_PASS: "hunter2",
};

Deno.test("getDbCredentials() gives the global login, and a named database's before it", () => {
  const manager = credentials({
    GLOBAL_DB_USER: "all",
    TEST_GLOBAL_DB_PASSWORD: "hunter2",
    TEST_SURVEYHUB_DB_USER: "survey",
  });

  const { username, password } = manager.getDbCredentials();

  assertEquals([username, password.reveal()], ["all", "hunter2"]);
  assertEquals(manager.getDbCredentials("SurveyHub").username, "survey");
  assertEquals(manager.getDbCredentials("rpa_db").username, "all");
});

Deno.test("getDbCredentials() lists everything that is missing", () => {
  const error = assertThrows(() => credentials({}).getDbCredentials("rpa_db"), ConfigurationError);

  assertMatch(error.message, /^2 problems: .*TEST_RPA_DB_DB_USER.*TEST_RPA_DB_DB_PASSWORD/);
  assertEquals(error.exitCode, 2);
});

Deno.test("getSftpCredentials() gives the server and login with port 22", () => {
  const { password, ...rest } = credentials(server).getSftpCredentials();

  assertEquals(rest, { host: "sftp.example.com", port: 22, username: "deck" });
  assertEquals(password?.reveal(), "hunter2");
});

Deno.test("getSftpCredentials() gives a scope's settings before the global ones", () => {
  const manager = credentials({ ...server, TEST_DISTRICT_7_SFTP_USER: "seven" });

  assertEquals(manager.getSftpCredentials("district-7").username, "seven");
  assertEquals(manager.getSftpCredentials("district-8").username, "deck");
});

Deno.test("getSftpCredentials() gives a private key without a password", () => {
  const manager = credentials({
    ...server,
    TEST_GLOBAL_SFTP_PASS: "",
    TEST_GLOBAL_SFTP_PORT: "2222",
    TEST_GLOBAL_SFTP_PRIVATE_KEY: "~/.ssh/id",
    TEST_GLOBAL_SFTP_PASSPHRASE: "open sesame",
    TEST_GLOBAL_SFTP_HOST_KEY: "SHA256:abc",
    TEST_GLOBAL_SFTP_KNOWN_HOSTS: "known",
    HOME: "/home/me",
    INIT_CWD: "/jobs",
  });

  const { passphrase, ...rest } = manager.getSftpCredentials();

  assertEquals(rest, {
    host: "sftp.example.com",
    port: 2222,
    username: "deck",
    privateKeyPath: "/home/me/.ssh/id",
    hostKey: "SHA256:abc",
    knownHostsPath: "/jobs/known",
  });
  assertEquals(passphrase?.reveal(), "open sesame");
});

Deno.test("getSftpCredentials() lists everything that is missing or invalid", () => {
  const error = assertThrows(
    () => credentials({ TEST_GLOBAL_SFTP_PORT: "70000" }).getSftpCredentials(),
    ConfigurationError,
  );

  assertMatch(error.message, /^4 problems: /);
  for (const part of ["SFTP_HOST", "SFTP_USER", "from 1 to 65535", "neither a password nor"]) {
    assertMatch(error.message, new RegExp(part));
  }
});

for (const port of ["0", "65536", "-1", "22.5", "ssh"]) {
  Deno.test(`getSftpCredentials() refuses the port ${port}`, () => {
    const error = assertThrows(
      () => credentials({ ...server, TEST_GLOBAL_SFTP_PORT: port }).getSftpCredentials(),
      ConfigurationError,
    );

    assertMatch(
      error.message,
      /TEST_GLOBAL_SFTP_PORT as it must be a whole number from 1 to 65535/,
    );
    assertNotMatch(Deno.inspect(error), /hunter2/);
  });
}

const hosts: [given: string, wanted: string | undefined][] = [
  ["10.0.0.1", "10.0.0.1"],
  ["host-1.example.com", "host-1.example.com"],
  ["[2001:db8::1]", "2001:db8::1"],
  ["::1", "::1"],
  ["fe80::1%eth0", "fe80::1%eth0"],
  [" host ", "host"],
  ["sftp://host", undefined],
  ["host:22", undefined],
  ["me@host", undefined],
  ["host/in", undefined],
  ["two hosts", undefined],
];
for (const [given, wanted] of hosts) {
  Deno.test(`getSftpCredentials() ${wanted ? "takes" : "refuses"} the host "${given}"`, () => {
    const manager = credentials({ ...server, TEST_GLOBAL_SFTP_HOST: given });

    if (wanted) return assertEquals(manager.getSftpCredentials().host, wanted);
    const error = assertThrows(() => manager.getSftpCredentials(), ConfigurationError);
    assertMatch(error.message, /TEST_GLOBAL_SFTP_HOST as it must be the name or address of a host/);
  });
}
