/** One download of one row, as it waits for its turn in a run. */

import type { DownloadType } from "../download_type.ts";
import type { PendingRow } from "../tracker/mod.ts";
import { hostOf } from "./host_of.ts";

/** A download that a run has to make. */
export interface DownloadJob {
  /** The row, as it was when the run began. */
  row: PendingRow;
  /** Which of its downloads. */
  download_type: DownloadType;
  /** From where. */
  url: string;
  /** The host that is asked, see {@link hostOf}. */
  host: string;
  /** How often this run has tried it. */
  tries: number;
  /** Not to be started before this moment of the schedule's clock. */
  notBefore: number;
}

/** Gives the downloads that rows want, in their order. */
export function jobsOf(rows: readonly PendingRow[]): DownloadJob[] {
  return rows.flatMap((row) =>
    row.downloads.map(({ download_type, url }) => ({
      row,
      download_type,
      url,
      host: hostOf(download_type, url),
      tries: 0,
      notBefore: 0,
    }))
  );
}
