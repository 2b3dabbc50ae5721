/** Folders that go away with their process, and the PostgreSQL servers in them too. */

import { serverAccount } from "../../lib/database/embedded/mod.ts";
import { startWatchdog } from "./watchdog.ts";

/** A folder of a test's own; disposing ends the servers in it and removes it. */
export interface TemporaryFolder extends AsyncDisposable {
  /** Its absolute path. */
  readonly path: string;
}

// Again and again, since a server that was just being started may come up in the meantime.
const removeFolder = `
while [ -e "$1" ]; do
  for file in $(find "$1" -name postmaster.pid); do
    pid=$(head -n 1 "$file")
    [ -n "$pid" ] && kill -QUIT "$pid"
  done
  rm -rf "$1" || sleep 0.05
done
`;

/** Makes a folder, in `parent` or in /tmp, that the user that PostgreSQL runs as can reach. */
export async function temporaryFolder(name: string, parent?: string): Promise<TemporaryFolder> {
  const prefix = `opsdeck-test-${name}-`;
  const path = await Deno.makeTempDir({ prefix, ...(parent === undefined ? {} : { dir: parent }) });
  const watchdog = startWatchdog(removeFolder, [path]);
  if (serverAccount() !== undefined) await Deno.chmod(path, 0o755);
  return { path, [Symbol.asyncDispose]: () => watchdog[Symbol.asyncDispose]() };
}
