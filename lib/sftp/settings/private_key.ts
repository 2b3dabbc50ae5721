/** Reads the private key that a setting names. */

import { ConfigurationError, errorReason } from "../../core/mod.ts";
import type { SftpPrivateKey } from "../connection/mod.ts";
import { parsePrivateKey, type PrivateKeyProblem } from "./parse_private_key.ts";
import type { SftpSettings } from "./sftp_settings.ts";

/**
 * Reads the key's file, tries its passphrase, and signs with it once.
 *
 * @returns undefined when no key is set
 * @throws ConfigurationError (`PRIVATE_KEY`) that names the setting when the file is missing,
 * unreadable or no private key, or when the passphrase is missing or wrong
 */
export async function readPrivateKey(settings: SftpSettings): Promise<SftpPrivateKey | undefined> {
  const { privateKeyPath: path, passphrase, names } = settings;
  if (path === undefined) return undefined;
  const keyName = names.sftp_private_key ?? "sftp_private_key";
  const passphraseName = names.sftp_passphrase ?? "sftp_passphrase";

  const parsed = await parsePrivateKey(await readKeyFile(path, keyName), passphrase);
  if ("key" in parsed) return parsed;
  const isAboutPassphrase = /passphrase/.test(parsed.kind);
  throw new ConfigurationError(
    `Cannot use the private key of ${keyName} as ${explain(parsed, path, passphraseName)}`,
    {
      code: "PRIVATE_KEY",
      context: { setting: isAboutPassphrase ? passphraseName : keyName, file: path },
    },
  );
}

async function readKeyFile(path: string, name: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    const [reason, advice] = error instanceof Deno.errors.NotFound
      ? ["does not exist", "correct the path"]
      : [`cannot be read: ${errorReason(error)}`, "make it a file that this user may read"];
    throw new ConfigurationError(
      `Cannot read the private key of ${name} as "${path}" ${reason}; ${advice}`,
      { code: "PRIVATE_KEY", context: { setting: name, file: path }, cause: error },
    );
  }
}

function explain(problem: PrivateKeyProblem, path: string, passphraseName: string): string {
  switch (problem.kind) {
    case "no-key":
      return `"${path}" holds no private key in the form of OpenSSH or PEM; ` +
        "make one with ssh-keygen -t ed25519";
    case "no-passphrase":
      return `"${path}" is encrypted and no passphrase is set; set ${passphraseName}`;
    case "wrong-passphrase":
      return `the passphrase in ${passphraseName} does not open "${path}"; correct it`;
    case "cannot-sign":
      return `Deno cannot sign with "${path}" of the kind ${problem.type}: ${problem.reason}; ` +
        "make one with ssh-keygen -t ed25519";
  }
}
