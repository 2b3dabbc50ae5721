/** Records a server's key. */

import { dirname } from "node:path";
import { acquireFileLock, writeFileAtomic } from "../../core/mod.ts";
import { hostKeyType } from "./fingerprint.ts";
import { knownHostsLine } from "./known_hosts.ts";

/**
 * Adds a key to a `known_hosts` file, which is made if there is none.
 *
 * @param recheck looks at what the file says by now: another process may have recorded another key
 * of the server in the meantime. What it throws ends the attempt.
 */
export async function rememberHostKey(
  path: string,
  host: string,
  port: number,
  key: Uint8Array,
  recheck: (text: string) => void,
): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
  using _lock = await acquireFileLock(path);
  const text = await readIfThere(path);
  recheck(text);
  const line = knownHostsLine(host, port, hostKeyType(key), key.toBase64());
  if (text.includes(line)) return;
  const start = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  await writeFileAtomic(path, start + line, { mode: 0o600 });
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
