/** What the workflows that change something work with, and how they are led. */

import { environmentName } from "../../core/mod.ts";
import type { DatabaseManager } from "../../database/mod.ts";
import type { AsyncRequestManager } from "../async_request_manager.ts";
import type { StepListener } from "./workflow_result.ts";

/** What a workflow works with. */
export interface WorkflowSources {
  /** The database of the requests. */
  database: DatabaseManager;
  /** The work on requests. */
  requests: AsyncRequestManager;
  /** The folder in which runs are kept. */
  runsFolder: string;
}

/** How a run is led. */
export interface RunControl {
  /** Ends at once: what is under way is given up, and the call rejects. The run can be resumed. */
  signal?: AbortSignal | undefined;
  /** Begins nothing new and finishes what is under way. The run can be resumed. */
  stopSignal?: AbortSignal | undefined;
  /** Replaces files that are there already with another content. Defaults to false. */
  force?: boolean | undefined;
  /** Reads the files once more and compares SHA-256. Defaults to false. */
  verify?: boolean | undefined;
  /** Hears that a step begins, when `showProgress` is set. */
  onStep?: StepListener | undefined;
  /** Hears the run's id as soon as it can be resumed. */
  onRun?: ((runId: string) => void) | undefined;
  /** The clock. Defaults to now. */
  now?: () => Date;
}

/** How a new run is led. */
export interface NewRunControl extends RunControl {
  /** Tells what would be done, changes nothing, and keeps no run. Defaults to false. */
  dryRun?: boolean | undefined;
  /** Is asked with the number of requests before anything is changed; declines by throwing. */
  confirm?: ((requests: number) => Promise<void>) | undefined;
}

/** Names where a run works, so that it is not resumed elsewhere. An embedded server's port moves. */
export async function workflowPlace(database: DatabaseManager): Promise<string> {
  const target = await database.target();
  return `${environmentName()}: ${target.database} on ${target.host}`;
}

/** Gives what downloads and restores are told of it. */
export function fileOptions({ signal, stopSignal, force = false, verify = false }: RunControl): {
  signal: AbortSignal | undefined;
  stopSignal: AbortSignal | undefined;
  force: boolean;
  verify: boolean;
} {
  return { signal, stopSignal, force, verify };
}

/** Ends a search, which has changed nothing yet, at either signal. */
export function searchSignal({ signal, stopSignal }: RunControl): AbortSignal {
  return AbortSignal.any([signal, stopSignal].filter((given) => given !== undefined));
}
