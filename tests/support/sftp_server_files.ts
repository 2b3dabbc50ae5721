/** The folder of a test server: served files, keys, configuration. */

import { join } from "@std/path";
import { generateSshKey } from "../../lib/sftp/embedded/mod.ts";
import { fingerprintOf } from "../../lib/sftp/mod.ts";
import { temporaryFolder } from "./temporary_folder.ts";

/** Where the files of a server lie; disposing removes them. */
export interface SftpServerFiles extends AsyncDisposable {
  /** Everything. */
  readonly folder: string;
  /** What is served. */
  readonly root: string;
  /** The client's private key. */
  readonly privateKeyPath: string;
  /** The client's public key, as a line of `authorized_keys`. */
  readonly publicKey: string;
  /** The server's private key. */
  readonly hostKeyPath: string;
  /** The server's public key: kind and base64. */
  readonly hostPublicKey: string;
  /** `SHA256:…` of it. */
  readonly hostKeyFingerprint: string;
  /** Makes another host key. */
  renewHostKey(): Promise<void>;
}

/** Makes the folder with its keys. */
export async function sftpServerFiles(name: string): Promise<SftpServerFiles> {
  const home = await temporaryFolder(name);
  // What servers call a path has no symbolic links in it.
  const folder = await Deno.realPath(home.path);
  const root = join(folder, "files");
  await Deno.mkdir(root);
  const privateKeyPath = join(folder, "client_key");
  const hostKeyPath = join(folder, "host_key");
  const client = await generateSshKey();
  await Deno.writeTextFile(privateKeyPath, client.privateKey, { mode: 0o600 });
  let hostPublicKey = "";
  const renewHostKey = async () => {
    const { privateKey, publicKey } = await generateSshKey();
    await Deno.writeTextFile(hostKeyPath, privateKey, { mode: 0o600 });
    hostPublicKey = publicKey.split(" ").slice(0, 2).join(" ");
  };
  await renewHostKey();
  return {
    folder,
    root,
    privateKeyPath,
    publicKey: client.publicKey,
    hostKeyPath,
    get hostPublicKey() {
      return hostPublicKey;
    },
    get hostKeyFingerprint() {
      return fingerprintOf(Uint8Array.fromBase64(hostPublicKey.split(" ")[1] ?? ""));
    },
    renewHostKey,
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}
