/** What talking to a database needs of Deno's permissions. */

import { join } from "node:path";
import { ConfigManager, configurationFiles, opsdeckHome } from "../core/mod.ts";
import { type ConnectionTarget, describeAddress, isSocketFolder } from "./connection_target.ts";
import type { DatabaseManager } from "./database_manager.ts";

/** Hosts and files, as `deno run` takes them. */
export interface DatabasePermissions {
  /** The one address that is connected to. */
  net: string[];
  /**
   * Files that are read: of the configuration and the login, of the authorities to trust, of the
   * embedded server's place, a socket.
   */
  read: string[];
  /** The Unix socket, where there is one. */
  write: string[];
}

/**
 * Gives the address and the files of a database. The drivers connect by the host as it is
 * configured, so that no permission for what its name resolves to is needed.
 *
 * @throws ConfigurationError when the database is not configured, or the embedded one is not
 * running.
 */
export async function databasePermissions(
  database: Pick<DatabaseManager, "name" | "target" | "isEmbedded">,
): Promise<DatabasePermissions> {
  const target = await database.target();
  const files = database.isEmbedded
    ? [join(opsdeckHome(), "postgresql.json")]
    : configurationFiles(new ConfigManager(database.name), ["DB_PASSWORD"]);
  const { net, read, write } = addressPermissions(target);
  return { net, read: [...read, ...files, ...caFile(target)], write };
}

function addressPermissions(target: ConnectionTarget): DatabasePermissions {
  const address = describeAddress(target);
  if (!isSocketFolder(target.host)) return { net: [address], read: [], write: [] };
  // Deno asks for all three.
  return { net: [`unix:${address}`], read: [address], write: [address] };
}

function caFile({ tls }: ConnectionTarget): string[] {
  return tls.caFile === undefined ? [] : [tls.caFile];
}
