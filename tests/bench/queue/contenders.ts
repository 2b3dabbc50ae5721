/** Who takes part in the benchmark. */

/** A system's name in the reports. */
export type ContenderName = "opsdeck" | "pg-boss" | "graphile-worker" | "raw SQL";

/** How a system takes part. */
export interface Contender {
  /** Its name and version, for people. */
  title: string;
  /** Its program, from this folder. */
  program: string;
  /** The configuration that its program is run with, from this folder. */
  config: string;
  /** The processes of which it drains with several at once; one for those that loop themselves. */
  processes: number;
  /** Whether one claim can be timed by itself. */
  canClaim: boolean;
  /** Whether its records can be due later and more urgent than others. */
  canSchedule: boolean;
}

const ownConfig = "../../../deno.json";
const peerConfig = "../deno.json";

/** The systems, in the order of the reports. */
export const contenders: Readonly<Record<ContenderName, Contender>> = {
  "opsdeck": {
    title: "opsdeck (fenced)",
    program: "systems/opsdeck.ts",
    config: ownConfig,
    processes: 1,
    canClaim: true,
    canSchedule: true,
  },
  "pg-boss": {
    title: "pg-boss 12.30.0",
    program: "peers/pg_boss.ts",
    config: peerConfig,
    processes: 1,
    canClaim: true,
    canSchedule: true,
  },
  "graphile-worker": {
    title: "graphile-worker 0.18.0",
    program: "peers/graphile_worker.ts",
    config: peerConfig,
    processes: 4,
    canClaim: false,
    canSchedule: true,
  },
  "raw SQL": {
    title: "raw SQL (ceiling)",
    program: "systems/raw_sql.ts",
    config: ownConfig,
    processes: 1,
    canClaim: true,
    canSchedule: false,
  },
};

/** The systems' names, in the order of the reports. */
export const contenderNames: readonly ContenderName[] = [
  "opsdeck",
  "pg-boss",
  "graphile-worker",
  "raw SQL",
];

/** Gives the names with another one first each round, so that none always has the quiet minute. */
export function inTurn<T>(names: readonly T[], round: number): T[] {
  const first = round % names.length;
  return [...names.slice(first), ...names.slice(0, first)];
}
