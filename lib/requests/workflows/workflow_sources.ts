/** What the workflows work with, and how they are led. */

import type { DatabaseManager } from "../../database/mod.ts";
import type { AsyncRequestManager } from "../async_request_manager.ts";
import type { StepListener } from "./workflow_result.ts";

/** What every workflow needs. */
export interface RunPlace {
  /** The database of the requests. */
  database: DatabaseManager;
  /** The folder in which runs are kept. */
  runsFolder: string;
}

/** What a workflow over files works with. */
export interface WorkflowSources extends RunPlace {
  /** The work on requests. */
  requests: AsyncRequestManager;
}

/** How a run is led. */
export interface RunControl {
  /** Ends at once: what is under way is given up, and the call rejects. The run can be resumed. */
  signal?: AbortSignal | undefined;
  /** Hears that a step begins, when `showProgress` is set. */
  onStep?: StepListener | undefined;
  /** Hears the run's id as soon as it can be resumed. */
  onRun?: ((runId: string) => void) | undefined;
  /** The clock. Defaults to now. */
  now?: () => Date;
}

/** How a run over files is led. */
export interface FileRunControl extends RunControl {
  /** Begins nothing new and finishes what is under way. The run can be resumed. */
  stopSignal?: AbortSignal | undefined;
  /** Replaces files that are there already with another content. Defaults to false. */
  force?: boolean | undefined;
  /** Reads the files once more and compares SHA-256. Defaults to false. */
  verify?: boolean | undefined;
}

/** A control that says whether progress is shown. */
export type Shown<Control> = Control & { showProgress: boolean };

/** How a new run over files is led. */
export interface NewRunControl extends FileRunControl {
  /** Tells what would be done, changes nothing, and keeps no run. Defaults to false. */
  dryRun?: boolean | undefined;
  /** Is asked with the number of requests before anything is changed; declines by throwing. */
  confirm?: ((requests: number) => Promise<void>) | undefined;
}

/** Gives what downloads and restores are told of it. */
export function fileOptions(
  { signal, stopSignal, force = false, verify = false }: FileRunControl,
): {
  signal: AbortSignal | undefined;
  stopSignal: AbortSignal | undefined;
  force: boolean;
  verify: boolean;
} {
  return { signal, stopSignal, force, verify };
}

/** Ends a search, which has changed nothing yet, at either signal. */
export function searchSignal({ signal, stopSignal }: FileRunControl): AbortSignal {
  return AbortSignal.any([signal, stopSignal].filter((given) => given !== undefined));
}
