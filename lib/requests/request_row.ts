/** A data request as queries give it. */

/** The values of a request's `Status`. */
export const requestStatus = {
  pending: 1,
  queued: 2,
  processing: 3,
  completed: 4,
  failed: 5,
  cancelled: 6,
} as const;

/** The statuses of a request that waits to run, or runs. */
export const unfinishedStatuses: readonly number[] = [
  requestStatus.pending,
  requestStatus.queued,
  requestStatus.processing,
];

/** One request (reference: requests, RequestRow). */
export interface RequestRow extends Record<string, unknown> {
  /** The request's id. */
  RequestID: number;
  /** The district that it is for. */
  DistrictID: number;
  /** The id of its type. */
  DataRequestTypeID: number;
  /** The name of its type. */
  DataRequestTypeName: string;
  /** The file that was imported; null when none was. */
  ImportedFileName: string | null;
  /** One of {@link requestStatus}; null when it was never set. */
  Status: number | null;
  /** When it was requested; null when that was never recorded. */
  RequestTime: Date | null;
}
