/** The records of the queue as code sees them. Field names are the table's. */

/** Any value that JSON can hold. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | JsonValue[]
  | { [key: string]: JsonValue };

/** What a record carries: a JSON object. */
export type Payload = Record<string, JsonValue>;

/** The states of a record. */
export type RecordStatus = "pending" | "processing" | "completed" | "failed";

/** A record that a claim holds. */
export interface ClaimedRecord {
  /** The record's id, a safe integer. */
  id: number;
  /** The flow that it belongs to. */
  flow_name: string;
  /** What was queued. */
  payload: Payload;
  /** How often it failed or was orphaned before. */
  retry_count: number;
  /** Its level; lower runs first. */
  priority: number;
  /** When it was queued. */
  created_at: Date;
  /** The claim that holds it: host, process and claim. */
  flow_instance_id: string;
}

/** The largest payload that the queue takes, in bytes of JSON text in UTF-8: 1 MiB. */
export const maxPayloadBytes = 1_048_576;

/** The longest flow name, as the table holds it. */
export const maxFlowNameLength = 100;

/** The longest dedupe key, as the table holds it. */
export const maxDedupeKeyLength = 200;

/** The most records that one claim may ask for. */
export const maxBatchSize = 10_000;
