/** The server around the queue: connections, clock, and what this login may see. */

import { formatDuration } from "../../core/command_line/mod.ts";
import type { DatabaseSession } from "../../database/mod.ts";
import type { Finding } from "./finding.ts";
import { rounded } from "./report_numbers.ts";

/** The server's connections. */
export interface ConnectionState {
  /** Open connections of clients, to any database of the server. */
  used: number;
  /** How many ordinary logins may open: `max_connections` less those reserved. */
  available: number;
  /** Used in percent of available. */
  used_percent: number;
}

/** How this host's clock goes against the server's. */
export interface ClockState {
  /** The server's time less this host's, in milliseconds, as measured. */
  skew_ms: number;
  /** The true skew may be more or less by this much: half the round trip. */
  uncertainty_ms: number;
}

/** Whether this login sees other logins' sessions whole. */
export interface SessionRights {
  /** The login. */
  user_name: string;
  /** Whether it is a superuser or has `pg_read_all_stats` (`pg_monitor` includes it). */
  sees_all_sessions: boolean;
}

// reserved_connections came with PostgreSQL 16.
const connectionStatement = `
select
  (
    select count(*)
    from pg_stat_activity
    where backend_type = 'client backend' or (backend_type is null and datid is not null)
  ) as used,
  current_setting('max_connections')::int
    - current_setting('superuser_reserved_connections')::int
    - coalesce(current_setting('reserved_connections', true)::int, 0) as available`;

const rightsStatement = `
select
  current_user::text as user_name,
  pg_has_role(current_user, 'pg_read_all_stats', 'usage') as sees_all_sessions`;

/** Counts the connections. */
export async function readConnections(session: DatabaseSession): Promise<ConnectionState> {
  const [row] = await session.query<{ used: number; available: number }>(connectionStatement);
  const { used = 0, available = 0 } = row ?? {};
  return {
    used,
    available,
    used_percent: available === 0 ? 0 : rounded((used / available) * 100),
  };
}

/** Finds connections at 80 percent (a warning) or 95 (critical) of what there may be. */
export function findFewConnections(connections: ConnectionState): Finding[] {
  const { used, available, used_percent } = connections;
  if (used_percent < 80) return [];
  return [{
    severity: used_percent >= 95 ? "CRITICAL" : "WARNING",
    code: "CONNECTIONS",
    finding: `${used} of ${available} connections are used`,
    meaning: "When none is left, workers cannot connect and their records go stale",
    command: "select application_name, usename, state, count(*) from pg_stat_activity " +
      "group by 1, 2, 3 order by 4 desc",
  }];
}

/** Reads what this login may see. */
export async function readSessionRights(session: DatabaseSession): Promise<SessionRights> {
  const [row] = await session.query<SessionRights & Record<string, unknown>>(rightsStatement);
  return row ?? { user_name: "", sees_all_sessions: false };
}

/** Says what this login cannot see, or may not ask. */
export function findMissingRights(rights: SessionRights, mayClaim: boolean): Finding[] {
  const user = `"${rights.user_name.replaceAll('"', '""')}"`;
  const findings: Finding[] = [];
  if (!rights.sees_all_sessions) {
    findings.push({
      severity: "INFO",
      code: "SESSIONS_HIDDEN",
      finding: `The login "${rights.user_name}" does not see what other logins' sessions do`,
      meaning: "Old snapshots of other logins cannot be told from young ones",
      command: `grant pg_read_all_stats to ${user}`,
    });
  }
  if (!mayClaim) {
    findings.push({
      severity: "INFO",
      code: "PLAN_HIDDEN",
      finding: `The login "${rights.user_name}" may not claim, so that the claim's plan is unknown`,
      meaning: "Whether claims go by their index cannot be told",
      command: `grant update on processing_queue to ${user}`,
    });
  }
  return findings;
}

const clockReadings = 3;

/** Compares the clocks; of a few readings the one with the shortest way counts. */
export async function readClock(
  session: DatabaseSession,
  now: () => number,
): Promise<ClockState> {
  let best: ClockState | undefined;
  for (let reading = 0; reading < clockReadings; reading++) {
    const askedAt = now();
    const [row] = await session.query<{ server_ms: number }>(
      "select date_part('epoch', clock_timestamp()) * 1000 as server_ms",
    );
    const answeredAt = now();
    const clock = {
      skew_ms: rounded((row?.server_ms ?? askedAt) - (askedAt + answeredAt) / 2),
      uncertainty_ms: rounded((answeredAt - askedAt) / 2),
    };
    if (best === undefined || clock.uncertainty_ms < best.uncertainty_ms) best = clock;
  }
  return best ?? { skew_ms: 0, uncertainty_ms: 0 };
}

/** Finds a skew that is surely over the limit, whatever part of the round trip the answer took. */
export function findClockSkew(clock: ClockState, clockSkewMs: number): Finding[] {
  const sureMs = Math.abs(clock.skew_ms) - clock.uncertainty_ms;
  if (sureMs <= clockSkewMs) return [];
  return [{
    severity: "WARNING",
    code: "CLOCK_SKEW",
    finding: `This host's clock is ${formatDuration(Math.abs(clock.skew_ms))} ` +
      `${clock.skew_ms > 0 ? "behind" : "ahead of"} the database server's`,
    meaning: "Records scheduled here with --run-at start too early or too late",
    command: "timedatectl set-ntp true",
  }];
}
