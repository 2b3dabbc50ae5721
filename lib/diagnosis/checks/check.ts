/** One of the checks that doctor makes. */

import type { CheckFinding } from "../../core/mod.ts";

/** The names of the checks, in the order in which they are reported. */
export const checkNames = [
  "deno",
  "configuration",
  "permissions",
  "state",
  "disk",
  "database",
  "sftp",
  "jira",
  "api",
  "ytdlp",
  "clock",
] as const;

/** The name of a kind of check. */
export type CheckName = typeof checkNames[number];

/** A look at one thing. */
export interface Check {
  /** What kind of thing it is. */
  name: CheckName;
  /** Which one of its kind; empty where there is one only. */
  subject: string;
  /** How long the look may take, in milliseconds. Defaults to 20 seconds. */
  deadlineMs?: number;
  /** Looks; it changes nothing. What it throws counts as failed. */
  look(signal: AbortSignal): Promise<CheckFinding[] | CheckFinding>;
}
