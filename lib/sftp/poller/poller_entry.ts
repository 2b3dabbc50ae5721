/** The lines of a poller's journal. */

/** A file is about to be renamed from `from` to `parked`, a name that nobody else knows. */
export interface IntentEntry {
  type: "intent";
  claim: string;
  /** The server, as `user@host:port`: the paths mean nothing on another one. */
  server: string;
  from: string;
  parked: string;
}

/** It was parked and is about to be renamed to `to`; a later line about the same claim holds. */
export interface NamingEntry {
  type: "naming";
  claim: string;
  to: string;
}

/** It is at its `to`. */
export interface MovedEntry {
  type: "moved";
  claim: string;
}

/** The claim is over: another poller has the file, or a person took it away. */
export interface LostEntry {
  type: "lost";
  claim: string;
}

/** Files go out together: `body`, under the id `batch`, to `target`, whenever and however often. */
export interface BatchedEntry {
  type: "batched";
  batch: string;
  target: string;
  claims: string[];
  body: string;
}

/** From here on the message may have arrived. */
export interface SentEntry {
  type: "sent";
  batch: string;
}

/** The receiver has it: all is done. */
export interface AcknowledgedEntry {
  type: "acknowledged";
  batch: string;
}

/** It could not be delivered for now; the next pass tries again. */
export interface DeferredEntry {
  type: "deferred";
  batch: string;
  reason: string;
}

/** The receiver refused it for good; a person decides. */
export interface FailedEntry {
  type: "failed";
  batch: string;
  reason: string;
}

/** A person wants a failed batch sent again. */
export interface RetriedEntry {
  type: "retried";
  batch: string;
}

/** A person wants to hear no more of a failed batch; its files stay where they are. */
export interface ForgottenEntry {
  type: "forgotten";
  batch: string;
}

/** A pass ended; `counts` is what it did. */
export interface PassEntry {
  type: "pass";
  counts: Record<string, number>;
  error: string | null;
}

/** One line without its time. */
export type NewPollerEntry =
  | IntentEntry
  | NamingEntry
  | MovedEntry
  | LostEntry
  | BatchedEntry
  | SentEntry
  | AcknowledgedEntry
  | DeferredEntry
  | FailedEntry
  | RetriedEntry
  | ForgottenEntry
  | PassEntry;

/** One line, with the time at which it was written: ISO 8601, for people only. */
export type PollerEntry = NewPollerEntry & { at: string };

type FieldKind = "text" | "texts" | "numbers" | "text or null";

const fields: Readonly<Record<PollerEntry["type"], Readonly<Record<string, FieldKind>>>> = {
  intent: { claim: "text", server: "text", from: "text", parked: "text" },
  naming: { claim: "text", to: "text" },
  moved: { claim: "text" },
  lost: { claim: "text" },
  batched: { batch: "text", target: "text", claims: "texts", body: "text" },
  sent: { batch: "text" },
  acknowledged: { batch: "text" },
  deferred: { batch: "text", reason: "text" },
  failed: { batch: "text", reason: "text" },
  retried: { batch: "text" },
  forgotten: { batch: "text" },
  pass: { counts: "numbers", error: "text or null" },
};

/**
 * Takes a line as it was written.
 *
 * @throws TypeError when it is no line of a poller's journal.
 */
export function parsePollerEntry(value: unknown): PollerEntry {
  if (isPollerEntry(value)) return value;
  throw new TypeError("it is no line of a poller's journal");
}

function isPollerEntry(value: unknown): value is PollerEntry {
  if (typeof value !== "object" || value === null) return false;
  const found = new Map<string, unknown>(Object.entries(value));
  const type = found.get("type");
  if (typeof type !== "string" || !isEntryType(type)) return false;
  return Object.entries({ ...fields[type], at: "text" as const })
    .every(([name, kind]) => isOfKind(found.get(name), kind));
}

function isEntryType(type: string): type is PollerEntry["type"] {
  return Object.hasOwn(fields, type);
}

function isOfKind(value: unknown, kind: FieldKind): boolean {
  switch (kind) {
    case "text":
      return typeof value === "string";
    case "text or null":
      return typeof value === "string" || value === null;
    case "texts":
      return Array.isArray(value) && value.every((item) => typeof item === "string");
    case "numbers":
      return typeof value === "object" && value !== null &&
        Object.values(value).every((item) => typeof item === "number");
  }
}
