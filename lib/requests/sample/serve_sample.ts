/** The SFTP server of the sample, and the settings by which the scripts find it. */

import { join } from "@std/path";
import { Secret, toFileError, writeFileAtomic } from "../../core/mod.ts";
import {
  type EmbeddedSftpServer,
  generateSshKey,
  startEmbeddedSftpServer,
} from "../../sftp/embedded/mod.ts";

/** The sample's server. */
export interface SampleServer extends AsyncDisposable {
  /** Where it listens. */
  readonly port: number;
  /** The settings file to name in `OPSDECK_CONFIG`. */
  readonly configFile: string;
}

/**
 * Serves the sample's files on 127.0.0.1 until it is disposed of. Its host key and password are
 * kept in `folder`, so that settings hold for the next time too.
 *
 * @throws NetworkError when the port is taken
 */
export async function serveSample(folder: string, port: number): Promise<SampleServer> {
  const password = await kept(join(folder, "password"), () => Promise.resolve(randomPassword()));
  const hostKey = await kept(
    join(folder, "host_key"),
    async () => (await generateSshKey()).privateKey,
  );
  const server = await startEmbeddedSftpServer({
    root: join(folder, "sftp"),
    username,
    password: new Secret(password),
    hostKey,
    port,
  });
  const configFile = join(folder, "opsdeck.toml");
  try {
    await writeFileAtomic(configFile, configText(server, password), { mode: 0o600 });
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  return {
    port: server.port,
    configFile,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const username = "sample";

function configText(server: EmbeddedSftpServer, password: string): string {
  const settings = {
    sftp_host: server.host,
    sftp_port: server.port,
    sftp_user: username,
    sftp_pass: password,
    sftp_host_key: server.hostKeyFingerprint,
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  return `# The SFTP server of the sample requests\n[development.global]\n${lines.join("\n")}\n`;
}

/** Gives what a file holds, and makes it where there is none. */
async function kept(path: string, make: () => Promise<string>): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw toFileError(error, "read", path);
  }
  const text = await make();
  await writeFileAtomic(path, text, { mode: 0o600 });
  return text;
}

function randomPassword(): string {
  return crypto.randomUUID();
}
