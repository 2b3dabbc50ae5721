/** One file that runs where there is no Deno: a shell script with what it unpacks behind it. */

import { version, writeFileAtomic } from "../core/mod.ts";
import type { Part } from "./pack_parts.ts";
import { shellFlags } from "./permission_flags.ts";
import type { ScriptPermissions } from "./script_permissions.ts";
import launcher from "./launcher.sh" with { type: "text" };

/** What {@link writeLauncher} writes. */
export interface LauncherOptions {
  /** The script. */
  name: string;
  /** What it may do. */
  permissions: ScriptPermissions;
  /** The script, and all that it loads. */
  app: Part;
  /** The names of the files in `app` that must be there for it to run. */
  appFiles: readonly string[];
  /** The runtime. */
  runtime: Part;
}

/** Writes the file; one that is there is replaced when the new one is complete. */
export async function writeLauncher(path: string, options: LauncherOptions): Promise<void> {
  const { name, permissions, app, appFiles, runtime } = options;
  const values: Record<string, string> = {
    NAME: name,
    VERSION: version,
    APP_SUM: app.sum,
    APP_BYTES: String(app.bytes),
    APP_FILES: appFiles.join(" "),
    DENO_SUM: runtime.sum,
    DENO_BYTES: String(runtime.bytes),
    FLAGS: shellFlags(permissions),
  };
  const text = launcher.replace(/@([A-Z_]+)@/g, (_, key: string) => values[key] ?? "");
  await writeFileAtomic(path, inTurn(text, [app, runtime]), { mode: 0o755 });
}

async function* inTurn(text: string, parts: readonly Part[]): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
  for (const { path } of parts) {
    using file = await Deno.open(path);
    yield* file.readable;
  }
}
