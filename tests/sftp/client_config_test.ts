import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { join } from "@std/path";
import { ConfigurationError, redact } from "../../lib/core/mod.ts";
import { generateSshKey } from "../../lib/sftp/embedded/mod.ts";
import {
  type ClientConfig,
  clientConfigOf,
  openConfigured,
  parseClientConfig,
  targetOfSettings,
} from "../../lib/sftp/mod.ts";
import { embeddedSftpServer } from "../support/embedded_sftp_server.ts";
import { optionalTool } from "../support/optional_tool.ts";
import { clientConfig } from "../support/sftp_client_config.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const whole: ClientConfig = {
  project_id: "acme",
  sftp_host: "sftp.example.com",
  sftp_user: "username",
  sftp_pass: "a password",
};

function problemOf(config: object): string {
  return assertThrows(
    () => parseClientConfig({ ...whole, ...config } as ClientConfig),
    ConfigurationError,
  ).message;
}

Deno.test("parseClientConfig() takes the reference's configuration, the port as text or number", () => {
  for (const [given, port] of [["22", 22], [22, 22], [undefined, 22], ["", 22], ["2222", 2222]]) {
    const settings = parseClientConfig({
      ...whole,
      sftp_port: given,
      path: "/base/directory",
      secret: "your_api_secret",
    });
    assertEquals([settings.host, settings.port, settings.username], [
      "sftp.example.com",
      port,
      "username",
    ]);
    assertEquals(settings.password?.reveal(), "a password");
    assertEquals([settings.path, settings.secret?.reveal()], [
      "/base/directory",
      "your_api_secret",
    ]);
  }
});

Deno.test("parseClientConfig() names every problem at once, and never a secret", () => {
  const message = problemOf({
    sftp_host: "sftp://user@host",
    sftp_port: "abc",
    sftp_user: "",
    sftp_pass: "",
    sftp_passphrase: "very-secret-words",
    sftp_host_key: "md5:1",
  });

  assertMatch(message, /^5 problems: /);
  assertMatch(message, /sftp_host as it must be the name or address of a host: it is "sftp:/);
  assertMatch(message, /sftp_port as it must be a port from 1 to 65535: it is "abc"/);
  assertMatch(message, /sftp_user is missing/);
  assertMatch(message, /sftp_pass or sftp_private_key is missing; set one of them/);
  assertMatch(message, /sftp_host_key as it must be SHA256: and 43 characters/);
  assertEquals(message.includes("very-secret"), false);
});

Deno.test("parseClientConfig() takes no port that is none", () => {
  for (const port of ["0", "65536", "-1", "22.5", "2e3", "0x16", " ", "22 22", NaN, 0, 70_000]) {
    assertMatch(problemOf({ sftp_port: port }), /sftp_port as it must be a port/, String(port));
  }
  fc.assert(fc.property(fc.integer({ min: 1, max: 65_535 }), (port) => {
    assertEquals(parseClientConfig({ ...whole, sftp_port: port }).port, port);
    assertEquals(parseClientConfig({ ...whole, sftp_port: ` ${port} ` }).port, port);
  }));
});

Deno.test("parseClientConfig() takes no key in the place of a path, and does not show it", () => {
  const key = "-----BEGIN OPENSSH PRIVATE KEY-----\nhidden//words\n";
  for (const name of ["sftp_private_key", "sftp_known_hosts", "sftp_host_key"]) {
    assertEquals(
      problemOf({ [name]: key }),
      `Cannot use ${name} as it is a key and not a path to one; put it in a file of mode 600 and ` +
        "name that",
    );
  }
});

const settings: Record<string, string> = {
  DEVELOPMENT_ACME_SFTP_HOST: "acme.example",
  DEVELOPMENT_GLOBAL_SFTP_PORT: "2022",
  GLOBAL_SFTP_USER: "everybody",
  DEVELOPMENT_ACME_SFTP_PASS: "a password",
  DEVELOPMENT_ACME_SFTP_PATH: "/base",
  DEVELOPMENT_GLOBAL_API_SECRET: "signed with",
};

function read(project: string | undefined, env: Record<string, string>): ClientConfig {
  return clientConfigOf(project, { env: (name) => env[name], file: new Map() });
}

Deno.test("clientConfigOf() reads a project's settings, and those of all where it has none", () => {
  const config = read("acme", settings);
  const parsed = parseClientConfig(config);

  assertEquals(
    [parsed.projectId, parsed.host, parsed.port, parsed.username, parsed.path],
    ["acme", "acme.example", 2022, "everybody", "/base"],
  );
  assertEquals([parsed.password?.reveal(), parsed.secret?.reveal()], ["a password", "signed with"]);
  assertEquals(JSON.stringify(config).includes("a password"), false);
});

Deno.test("clientConfigOf() names variables: all that is missing, and where a bad value came from", () => {
  const missing = assertThrows(() => read("acme", {}), ConfigurationError).message;
  for (const key of ["HOST", "USER", "PASS", "PRIVATE_KEY"]) {
    assertMatch(missing, new RegExp(`DEVELOPMENT_ACME_SFTP_${key}`));
  }
  const port = assertThrows(
    () => read("acme", { ...settings, DEVELOPMENT_ACME_SFTP_PORT: "abc" }),
    ConfigurationError,
  );
  assertMatch(port.message, /Cannot use DEVELOPMENT_ACME_SFTP_PORT as .*: it is "abc"/);
  assertEquals(port.exitCode, 2);

  const hostKey = read("acme", { ...settings, DEVELOPMENT_GLOBAL_SFTP_HOST_KEY: "16:27:ac:a5" });
  assertThrows(
    () => parseClientConfig(hostKey),
    ConfigurationError,
    "Cannot use DEVELOPMENT_GLOBAL_SFTP_HOST_KEY as it must be SHA256: and 43 characters",
  );
});

/** Makes a key with ssh-keygen and gives its path. */
async function makeKey(folder: string, name: string, args: readonly string[]): Promise<string> {
  const path = join(folder, name);
  const { success, stderr } = await new Deno.Command("ssh-keygen", {
    args: ["-q", ...args, "-f", path],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return path;
}

Deno.test(
  "private keys of OpenSSH and PEM open a session, encrypted or not",
  optionalTool("ssh-keygen"),
  async () => {
    await using folder = await temporaryFolder("private-keys");
    const kinds: [name: string, args: string[], passphrase?: string][] = [
      ["ed25519", ["-t", "ed25519", "-N", ""]],
      ["ed25519-encrypted", ["-t", "ed25519", "-N", "open sesame"], "open sesame"],
      ["ed25519-cbc", ["-t", "ed25519", "-Z", "aes256-cbc", "-N", "open sesame"], "open sesame"],
      ["ecdsa", ["-t", "ecdsa", "-N", "open sesame"], "open sesame"],
      ["ecdsa-2", ["-t", "ecdsa", "-N", ""]],
      ["ecdsa-384", ["-t", "ecdsa", "-b", "384", "-N", ""]],
      ["rsa", ["-t", "rsa", "-b", "1024", "-N", "open sesame"], "open sesame"],
      ["rsa-pem", ["-t", "rsa", "-b", "1024", "-m", "PEM", "-N", ""]],
      [
        "rsa-pem-encrypted",
        ["-t", "rsa", "-b", "1024", "-m", "PEM", "-N", "open sesame"],
        "open sesame",
      ],
      ["rsa-pkcs8", ["-t", "rsa", "-b", "1024", "-m", "PKCS8", "-N", ""]],
      [
        "rsa-pkcs8-encrypted",
        ["-t", "rsa", "-b", "1024", "-m", "PKCS8", "-N", "open sesame"],
        "open sesame",
      ],
      ["ecdsa-pem", ["-t", "ecdsa", "-m", "PEM", "-N", "open sesame"], "open sesame"],
    ];
    await using server = await embeddedSftpServer();
    for (const [name, args, passphrase] of kinds) {
      const path = await makeKey(folder.path, name, args);
      await server.authorize(await Deno.readTextFile(`${path}.pub`));
      const config = clientConfig(server, {
        sftp_private_key: path,
        sftp_passphrase: passphrase,
      });

      await using connection = await openConfigured(parseClientConfig(config));

      assertEquals(await connection.realPath("."), "/", name);
    }
  },
);

Deno.test("a private key that cannot be used is a configuration error that names its setting", async () => {
  await using folder = await temporaryFolder("private-keys");
  await using server = await embeddedSftpServer();
  const names = { sftp_private_key: "A_PRIVATE_KEY", sftp_passphrase: "A_PASSPHRASE" };
  const { privateKey, publicKey } = await generateSshKey({ passphrase: "right words" });
  const write = async (name: string, text: string) => {
    await Deno.writeTextFile(join(folder.path, name), text);
    return join(folder.path, name);
  };
  const encrypted = await write("encrypted", privateKey);
  const pem = await write(
    "pem",
    String(
      generateKeyPairSync("rsa", {
        modulusLength: 2048,
        publicKeyEncoding: { type: "spki", format: "pem" },
        privateKeyEncoding: {
          type: "pkcs8",
          format: "pem",
          cipher: "aes-256-cbc",
          passphrase: "right words",
        },
      }).privateKey,
    ),
  );
  const cases: [config: Partial<ClientConfig>, expected: RegExp][] = [
    [{ sftp_private_key: join(folder.path, "none") }, /A_PRIVATE_KEY as ".*none" does not exist/],
    [{ sftp_private_key: folder.path }, /A_PRIVATE_KEY as ".*" cannot be read/],
    [{ sftp_private_key: await write("empty", "") }, /A_PRIVATE_KEY as ".*" holds no private key/],
    [
      { sftp_private_key: await write("text", "no key") },
      /A_PRIVATE_KEY as .* holds no private key/,
    ],
    [
      { sftp_private_key: await write("public", publicKey) },
      /A_PRIVATE_KEY as .* holds no private/,
    ],
    [{ sftp_private_key: pem }, /is encrypted and no passphrase is set; set A_PASSPHRASE/],
    [
      { sftp_private_key: pem, sftp_passphrase: "wrong words" },
      /the passphrase in A_PASSPHRASE does not open ".*pem"; correct it/,
    ],
    [{ sftp_private_key: encrypted }, /is encrypted and no passphrase is set; set A_PASSPHRASE/],
    [
      { sftp_private_key: encrypted, sftp_passphrase: "wrong words" },
      /the passphrase in A_PASSPHRASE does not open ".*encrypted"; correct it/,
    ],
  ];
  for (const [changes, expected] of cases) {
    const parsed = parseClientConfig(clientConfig(server, { ...changes, names }));

    const error = await assertRejects(() => targetOfSettings(parsed), ConfigurationError);

    assertMatch(error.message, expected);
    assertEquals([error.exitCode, error.code], [2, "PRIVATE_KEY"]);
    assertEquals(redact(error.message).includes("words"), false);
  }
  assertEquals(server.connectionsMade, 0);
});

Deno.test("a refused login names the settings to look at", async () => {
  await using server = await embeddedSftpServer();
  server.faults.refuseLogins = true;

  const error = await assertRejects(
    () => openConfigured(parseClientConfig(clientConfig(server))),
    ConfigurationError,
    "check sftp_user, sftp_private_key",
  );

  assertEquals([error.code, error.exitCode], ["LOGIN_REFUSED", 2]);
});
