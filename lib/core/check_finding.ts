/** What a look at one thing that a run depends on gave. */

/** How the thing is. */
export type CheckStatus = "ok" | "warning" | "failed" | "not_configured";

/** What a check found. */
export interface CheckFinding {
  /** How the thing is. */
  status: CheckStatus;
  /** What was looked at and how it is, in a line. */
  found: string;
  /** What to do, where something is to be done. */
  advice?: string | undefined;
  /** How far the other side's clock is ahead of this machine's, in milliseconds, where it told. */
  clockAheadMs?: number | undefined;
}
