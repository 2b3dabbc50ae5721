import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import fc from "fast-check";
import { join } from "@std/path";
import { ConfigurationError } from "../../lib/core/mod.ts";
import { generateSshKey } from "../../lib/sftp/embedded/mod.ts";
import { knownKeys, parseKnownHosts } from "../../lib/sftp/host_keys/known_hosts.ts";
import {
  type ClientConfig,
  fingerprintOf,
  openConfigured,
  parseClientConfig,
  type TrustOptions,
} from "../../lib/sftp/mod.ts";
import { optionalTool } from "../support/optional_tool.ts";
import { clientConfig } from "../support/sftp_client_config.ts";
import { forEachSftpServer, type SftpServer } from "../support/sftp_server.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const key = "AAAAC3NzaC1lZDI1NTE5AAAAIKtN0R2ZQ8m7mXW3m7k7n9b1R8s2b4Zq0eVx3m5pQ1yT";
const otherKey = "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

function knows(content: string, host: string, port = 22): string[] {
  return knownKeys(parseKnownHosts(content), host, port, key).trusted.map(({ key }) => key);
}

Deno.test("known_hosts lines fit hosts as OpenSSH has it", () => {
  const hash = (name: string) => {
    const salt = Buffer.from("12345678901234567890");
    const digest = createHmac("sha1", salt).update(name).digest("base64");
    return `|1|${salt.toString("base64")}|${digest}`;
  };
  const cases: [hosts: string, host: string, port: number, fits: boolean][] = [
    ["a.example", "a.example", 22, true],
    ["A.Example", "a.EXAMPLE", 22, true],
    ["a.example", "b.example", 22, false],
    ["b.example,a.example", "a.example", 22, true],
    ["*.example", "a.example", 22, true],
    ["*.example", "example", 22, false],
    ["a?.example", "ab.example", 22, true],
    ["a?.example", "a.example", 22, false],
    ["*.example,!a.example", "a.example", 22, false],
    ["*.example,!a.example", "b.example", 22, true],
    ["!a.example", "b.example", 22, false],
    ["a.example", "axexample", 22, false],
    ["10.0.0.*", "10.0.0.7", 22, true],
    ["[a.example]:2222", "a.example", 2222, true],
    ["[a.example]:2222", "a.example", 22, false],
    ["[a.example]:2222", "a.example", 2223, false],
    ["[*.example]:2222", "a.example", 2222, true],
    ["a.example", "a.example", 2222, true], // the key is the shown one
    ["::1", "::1", 22, true],
    ["[::1]:2222", "::1", 2222, true],
    [hash("a.example"), "a.example", 22, true],
    [hash("[a.example]:2222"), "a.example", 2222, true],
    [hash("b.example"), "a.example", 22, false],
    ["|1|broken", "a.example", 22, false],
  ];
  for (const [hosts, host, port, fits] of cases) {
    assertEquals(knows(`${hosts} ssh-ed25519 ${key}`, host, port).length === 1, fits, hosts);
  }
});

Deno.test("known_hosts lines that say nothing are passed over", () => {
  const content = [
    "",
    "# a comment",
    "   ",
    "alone",
    "a.example ssh-ed25519",
    "a.example ssh-ed25519 no+base64!",
    `@cert-authority a.example ssh-ed25519 ${otherKey}`,
    `@unheard-of a.example ssh-ed25519 ${otherKey}`,
    `  a.example\tssh-ed25519  ${key} a comment\r`,
  ].join("\n");

  assertEquals(knows(content, "a.example"), [key]);
  assertEquals(parseKnownHosts(content)[0]?.line, 9);
});

Deno.test("a bare host's line says nothing about another port, unless it has the shown key", () => {
  assertEquals(knows(`a.example ssh-ed25519 ${otherKey}`, "a.example", 2222), []);
});

Deno.test("known_hosts patterns are no regular expressions", () => {
  fc.assert(fc.property(fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), (a, b) => {
    const hosts = a.replace(/[\s*?!,|@#]/g, "");
    const host = b.replace(/\s/g, "");
    const fits = knows(`x,${hosts}y ssh-ed25519 ${key}`, host).length === 1;
    assertEquals(
      fits,
      host.toLowerCase() === "x" || host.toLowerCase() === `${hosts}y`.toLowerCase(),
    );
  }));
});

Deno.test(
  "known_hosts as ssh-keygen -H hashes it is understood",
  optionalTool("ssh-keygen"),
  async () => {
    await using folder = await temporaryFolder("known-hosts");
    const path = join(folder.path, "known_hosts");
    const { publicKey } = await generateSshKey();
    const known = publicKey.split(" ").slice(0, 2).join(" ");
    await Deno.writeTextFile(path, `a.example ${known}\n[b.example]:2222 ${known}\n`);

    await new Deno.Command("ssh-keygen", { args: ["-H", "-f", path], stdout: "null" }).output();

    const content = await Deno.readTextFile(path);
    assertMatch(content, /^\|1\|/);
    assertEquals([knows(content, "a.example").length, knows(content, "b.example", 2222).length], [
      1,
      1,
    ]);
    assertEquals(knows(content, "c.example").length, 0);
  },
);

/** What a test of opening works with: a state folder of its own. */
interface Place {
  home: string;
  open(server: SftpServer, changes?: Partial<ClientConfig>, options?: TrustOptions): Promise<void>;
}

async function withPlace(run: (place: Place) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder("host-keys");
  const home = folder.path;
  await run({
    home,
    async open(server, changes = {}, options = {}) {
      const settings = parseClientConfig(
        clientConfig(server, { sftp_host_key: undefined, ...changes }),
      );
      await using connection = await openConfigured(settings, { ...options, stateFolder: home });
      await connection.realPath(".");
    },
  });
}

forEachSftpServer(
  "an unknown host key is refused with its fingerprint, until it is accepted",
  (server) =>
    withPlace(async ({ home, open }) => {
      const unknown = await assertRejects(() => open(server), ConfigurationError);
      assertEquals([unknown.code, unknown.exitCode], ["HOST_KEY_UNKNOWN", 2]);
      assertStringIncludes(unknown.message, `ssh-ed25519 ${server.hostKeyFingerprint}`);
      assertStringIncludes(unknown.message, "--accept-new-host-key");

      const said: string[] = [];
      const accept = { acceptNewHostKey: true, onRecorded: (text: string) => said.push(text) };
      await open(server, {}, accept);
      await open(server, {}, accept);
      await open(server);

      assertEquals(said.length, 1);
      assertStringIncludes(said[0] ?? "", server.hostKeyFingerprint);
      assertEquals(
        await Deno.readTextFile(join(home, "known_hosts")),
        `[127.0.0.1]:${server.port} ${server.hostPublicKey}\n`,
      );
      assertEquals((await Deno.stat(join(home, "known_hosts"))).mode ?? 0 & 0o777, 0o100600);
    }),
);

forEachSftpServer(
  "a changed host key is refused, also when new ones are accepted",
  (server) =>
    withPlace(async ({ home, open }) => {
      await open(server, {}, { acceptNewHostKey: true });
      const old = server.hostKeyFingerprint;
      await server.changeHostKey();

      const changed = await assertRejects(
        () => open(server, {}, { acceptNewHostKey: true }),
        ConfigurationError,
      );

      assertEquals([changed.code, changed.exitCode], ["HOST_KEY", 2]);
      assertStringIncludes(changed.message, "ITS HOST KEY HAS CHANGED");
      assertStringIncludes(changed.message, `ssh-ed25519 ${old} in line 1`);
      assertStringIncludes(changed.message, `it shows ssh-ed25519 ${server.hostKeyFingerprint}`);
      assertEquals((await Deno.readTextFile(join(home, "known_hosts"))).split("\n").length, 2);
    }),
);

forEachSftpServer(
  "a pinned host key decides, whatever known_hosts says",
  (server) =>
    withPlace(async ({ open }) => {
      const pin = server.hostKeyFingerprint;
      await open(server, { sftp_host_key: pin });
      await open(server, { sftp_host_key: `SHA256:${"A".repeat(43)}, ${pin}=` });
      await open(server, {}, { acceptNewHostKey: true });

      const refused = await assertRejects(
        () =>
          open(server, {
            sftp_host_key: `SHA256:${"A".repeat(43)}`,
            names: { sftp_host_key: "DEVELOPMENT_ACME_SFTP_HOST_KEY" },
          }, { acceptNewHostKey: true }),
        ConfigurationError,
      );

      assertEquals([refused.code, refused.exitCode], ["HOST_KEY", 2]);
      assertStringIncludes(refused.message, "DEVELOPMENT_ACME_SFTP_HOST_KEY pins");
    }),
);

forEachSftpServer(
  "a known_hosts file is trusted, and its revoked keys are not",
  (server) =>
    withPlace(async ({ home, open }) => {
      const path = join(home, "elsewhere");
      const name = `[127.0.0.1]:${server.port}`;
      const opening = () => open(server, { sftp_known_hosts: path }, { acceptNewHostKey: true });

      await Deno.writeTextFile(path, `# mine\n${name} ${server.hostPublicKey}\n`);
      await opening();

      const { publicKey } = await generateSshKey();
      await Deno.writeTextFile(path, `${name} ${publicKey}\n`);
      const changed = await assertRejects(opening, ConfigurationError);

      await Deno.writeTextFile(path, `${name} ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ==\n`);
      const otherKind = await assertRejects(opening, ConfigurationError);

      await Deno.writeTextFile(
        path,
        `@revoked * ${server.hostPublicKey}\n${name} ${server.hostPublicKey}\n`,
      );
      const revoked = await assertRejects(opening, ConfigurationError);

      await Deno.remove(path);
      const missing = await assertRejects(opening, ConfigurationError);

      assertEquals(
        [changed.code, otherKind.code, revoked.code],
        ["HOST_KEY", "HOST_KEY", "HOST_KEY_REVOKED"],
      );
      assertStringIncludes(missing.message, "sftp_known_hosts");
      assertStringIncludes(missing.message, "does not exist");
    }),
);

Deno.test(
  "of two kinds of host key the known or pinned one is asked for",
  optionalTool("sshd"),
  async () => {
    await withPlace(async ({ home, open }) => {
      const { opensshServer } = await import("../support/openssh_server.ts");
      const rsa = join(home, "rsa");
      const made = await new Deno.Command("ssh-keygen", {
        args: ["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", rsa],
      }).output();
      assertEquals(made.success, true);
      await using server = await opensshServer({ settings: [`HostKey "${rsa}"`] });
      const known = (await Deno.readTextFile(`${rsa}.pub`)).split(" ").slice(0, 2).join(" ");
      await Deno.writeTextFile(join(home, "known_hosts"), `[127.0.0.1]:${server.port} ${known}\n`);

      await open(server);
      await open(server, {
        sftp_host_key: fingerprintOf(Uint8Array.fromBase64(known.split(" ")[1] ?? "")),
      });
      await open(server, { sftp_host_key: server.hostKeyFingerprint });
    });
  },
);
