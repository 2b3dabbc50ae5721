/** One remote file on several channels. */

import type { SftpConnection } from "../connection/mod.ts";
import { channelsInFlight } from "./flight_plan.ts";
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
  const opened = await Promise.allSettled(
    channels.map((channel) => RemoteHandle.open(connection, path, flags, { signal, channel })),
  );
  signal.throwIfAborted();
  return [first, ...opened.flatMap((one) => one.status === "fulfilled" ? [one.value] : [])];
}
