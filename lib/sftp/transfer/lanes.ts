/** One remote file on several channels, and on two connections. */

// @ts-types="@types/ssh2"
import type { SFTPWrapper } from "ssh2";
import type { SftpConnection } from "../connection/mod.ts";
import { channelsInFlight, needsSecondConnection } from "./flight_plan.ts";
import { RemoteHandle } from "./remote_handle.ts";

/** Below this, opening further channels takes longer than it saves. */
const minBytesForChannels = 8 * 1024 * 1024;

/**
 * Opens a file on as many further channels as its size and the round trip ask for, and gives all
 * handles, the first one included. Fewer where the server allows fewer.
 */
export async function openLanes(
  first: RemoteHandle,
  file: { connection: SftpConnection; path: string; size: number; flags: "r" | "r+" },
  signal: AbortSignal,
): Promise<RemoteHandle[]> {
  const { connection, path, size, flags } = file;
  const wanted = channelsInFlight(connection.roundTripMs) - 1;
  if (wanted < 1 || size < minBytesForChannels) return [first];
  const channels = await connection.channels(wanted);
  const opened = await openOn(connection, channels, { path, flags }, signal);
  signal.throwIfAborted();
  return [first, ...opened];
}

/**
 * Opens a file for reading on a second connection, where its size and the round trip ask for one;
 * gives no handles where they do not, or the server wants none. Writing stays on one connection: what
 * stores files elsewhere than on a disk may not join what two of them write.
 */
export async function openSecondLanes(
  file: { connection: SftpConnection; path: string; size: number },
  signal: AbortSignal,
): Promise<RemoteHandle[]> {
  const { connection, path, size } = file;
  if (!needsSecondConnection(size, connection.roundTripMs)) return [];
  try {
    const second = await connection.second();
    if (second === undefined) return [];
    const channels = await second.channels(channelsInFlight(second.roundTripMs) - 1);
    return await openOn(second, [undefined, ...channels], { path, flags: "r" }, signal);
  } catch {
    return []; // the first connection does it alone
  }
}

async function openOn(
  connection: SftpConnection,
  channels: readonly (SFTPWrapper | undefined)[],
  { path, flags }: { path: string; flags: "r" | "r+" },
  signal: AbortSignal,
): Promise<RemoteHandle[]> {
  const opened = await Promise.allSettled(
    channels.map((channel) => RemoteHandle.open(connection, path, flags, { signal, channel })),
  );
  return opened.flatMap((one) => one.status === "fulfilled" ? [one.value] : []);
}
