/** Launchers of a build: one app and one runtime, packed once when the first asks for them. */

import { fetchServerPackage } from "../database/embedded/mod.ts";
import { packFiles, packRuntime, type Part } from "./pack_parts.ts";
import type { ScriptPermissions } from "./script_permissions.ts";
import { writeLauncher } from "./write_launcher.ts";

/** What launchers are made from. */
export interface LauncherParts {
  /** The folder of the bundled app. */
  app: string;
  /** A folder to work in. */
  folder: string;
  /** Ends the work. */
  signal: AbortSignal;
  /** Says what is being done. */
  note(text: string): void;
}

/** Gives the function that writes the launcher of a script. */
export function launcherWriter({ app, folder, signal, note }: LauncherParts) {
  let runtime: Part | undefined;
  let sharedApp: Part | undefined;

  return async (
    path: string,
    { name, permissions }: { name: string; permissions: ScriptPermissions },
  ): Promise<void> => {
    if (Deno.build.os === "windows") throw new Error("A launcher needs a POSIX shell");
    const appFiles = (await Array.fromAsync(Deno.readDir(app)))
      .filter(({ isFile }) => isFile).map(({ name }) => name).sort();
    if (runtime === undefined) note("Compressing this machine's Deno");
    runtime ??= await packRuntime({ folder, signal });
    const files = { from: app, entries: appFiles };
    const part = name === "database"
      ? await packFiles([files, await serverFiles()], { folder, signal })
      : sharedApp ??= await packFiles([files], { folder, signal });
    const markers = name === "database" ? [...appFiles, ...serverMarkers] : appFiles;
    await writeLauncher(path, { name, permissions, app: part, appFiles: markers, runtime });
  };
}

// Of each of its folders a file without which it does not start.
const serverMarkers = [
  "dist/index.js",
  "native/bin/postgres",
  "native/share/postgresql/postgres.bki",
];

// The import map of the app names the module that tells where the programs of PostgreSQL are.
async function serverFiles() {
  return { from: await fetchServerPackage(), entries: ["dist", "native"] };
}
