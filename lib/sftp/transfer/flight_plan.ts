/** How much is under way at once: enough to fill the line, whatever its length. */

/**
 * Gives how many small files are worked on at once. On loopback 32 keep both sides busy; at a round
 * trip of 20 ms, 128 take less than half the time of 32.
 */
export function filesInFlight(roundTripMs: number): number {
  return Math.min(256, Math.max(32, Math.round(roundTripMs * 6.4)));
}

/**
 * Gives how many channels share one big file. A channel has a window of 2 MiB, so that at 20 ms it
 * carries at most 100 MB/s; OpenSSH and ProFTPD allow 10 of them.
 */
export function channelsInFlight(roundTripMs: number): number {
  if (roundTripMs < 4) return 1;
  return roundTripMs < 10 ? 4 : 8;
}

/** Below this, a second login takes longer than it saves. */
const minBytesForSecond = 64 * 1024 * 1024;

/**
 * Tells whether a file is read over a second connection too. A server keeps 4 MB at most on their way
 * on one (Linux, `tcp_wmem`), which at 20 ms is about 120 MB/s, however many channels share it; with
 * two, 512 MiB take three quarters of the time.
 */
export function needsSecondConnection(bytes: number, roundTripMs: number): boolean {
  return bytes >= minBytesForSecond && roundTripMs >= 10;
}

/**
 * How many bytes of one file are asked for or sent at once on one channel: less than its window, so
 * that what is sent need not wait for room.
 */
export const windowBytes: number = 1.5 * 1024 * 1024;
