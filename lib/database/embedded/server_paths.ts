/** Where the embedded server keeps its files. */

import { dirname, join } from "node:path";
import { opsdeckHome } from "../../core/mod.ts";
import { serverAccount } from "./server_account.ts";

/** The major version of the server, which names the folder of its programs. */
const majorVersion = "18";

/** Paths of the embedded server, all absolute. */
export interface ServerPaths {
  /** The folder that holds the rest. */
  home: string;
  /** The server's programs and what they need. */
  binaries: string;
  /** The cluster. */
  dataDirectory: string;
  /** What the server says. */
  log: string;
  /** User, password and port of the cluster; only this user may read it. */
  clusterFile: string;
  /** What the lock of starting and stopping is named after. */
  lock: string;
}

/**
 * Gives the folder of the embedded server: `postgresql` in the folder OPSDECK_HOME, or without
 * that variable `~/.local/state/opsdeck/postgresql`, and `/var/lib/opsdeck/postgresql` for root,
 * whose home cannot be entered by the user that the server runs as.
 *
 * @throws ConfigurationError when neither OPSDECK_HOME nor HOME is set.
 */
export function postgresHome(): string {
  const isDefault = (Deno.env.get("OPSDECK_HOME") ?? "") === "";
  const isRoot = isDefault && serverAccount() !== undefined;
  return isRoot ? "/var/lib/opsdeck/postgresql" : join(opsdeckHome(), "postgresql");
}

/** Gives the paths of the server in `home`, by default {@link postgresHome}. */
export function serverPaths(home: string = postgresHome()): ServerPaths {
  return {
    home,
    binaries: join(home, majorVersion),
    dataDirectory: join(home, "data"),
    log: join(home, "server.log"),
    clusterFile: join(home, "cluster.json"),
    lock: join(home, "server"),
  };
}

/**
 * Makes the server's folder: open to enter for the server's own user when that is another one,
 * else private.
 */
export async function makeServerHome(paths: ServerPaths): Promise<void> {
  const isShared = serverAccount() !== undefined;
  const parent = dirname(paths.home);
  if (await makeFolder(parent) && isShared) await Deno.chmod(parent, 0o755);
  await makeFolder(paths.home);
  await Deno.chmod(paths.home, isShared ? 0o755 : 0o700);
}

async function makeFolder(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return false;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    await Deno.mkdir(path, { recursive: true });
    return true;
  }
}
