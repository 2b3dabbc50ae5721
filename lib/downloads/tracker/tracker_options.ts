/** How a tracker works. */

import type { CheckpointLimits } from "./checkpoint_pace.ts";
import type { CsvColumns } from "./tracking_columns.ts";

/** The longest wait for other processes: a fold of millions of rows takes seconds. */
export const defaultLockTimeoutMs = 60_000;

/** How a {@link CsvTracker} works; every option has a default. */
export interface CsvTrackerOptions extends CheckpointLimits {
  /** The names of the columns, where they are not the usual ones. */
  columns?: Partial<CsvColumns>;
  /** The longest wait for other processes, in milliseconds. Defaults to 60 000. */
  lockTimeoutMs?: number;
  /** Ends the opening. Later calls go on: what is in hand when a run is stopped is recorded. */
  signal?: AbortSignal | undefined;
  /** The clock for `last_download_attempt`. Defaults to the system's. */
  now?: () => Date;
}
