/** Temporary remote names of parts that did not become files. */

import { isMissing, type SftpConnection } from "../connection/mod.ts";

/** How long a removal may take: it must not hold up the news of a failure. */
const removalMs = 5000;

/** Removes parts, and remembers those that could not be removed as the connection was gone. */
export class Leftovers {
  readonly #paths = new Set<string>();

  /** Those that are still there, as far as is known. */
  get paths(): ReadonlySet<string> {
    return this.#paths;
  }

  /** Removes a part, now or with {@link removeAll}; does not throw. */
  async remove(connection: SftpConnection, path: string): Promise<void> {
    try {
      await connection.remove(path, { timeoutMs: removalMs });
    } catch (error) {
      if (!isMissing(error)) this.#paths.add(path);
    }
  }

  /** Removes over a new connection what could not be removed before; does not throw. */
  async removeAll(connection: SftpConnection): Promise<void> {
    for (const path of [...this.#paths]) {
      this.#paths.delete(path);
      await this.remove(connection, path);
    }
  }
}
