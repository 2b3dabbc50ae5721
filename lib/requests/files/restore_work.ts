/** What the restores of one run have in common. */

import type { RemoteCopier } from "../../sftp/mod.ts";
import type { RestoreOptions } from "./file_options.ts";
import type { RestoreRun } from "./restore_run.ts";

/** What all restores of a run share. */
export interface RestoreWork {
  run: RestoreRun;
  copier: RemoteCopier;
  options: RestoreOptions;
}
