/** One remote file on several channels, and on two connections. */

// @ts-types="@types/ssh2"
import type { SFTPWrapper } from "ssh2";
import type { RemoteFile, SftpConnection } from "../connection/mod.ts";
import { channelsInFlight, needsSecondConnection } from "./flight_plan.ts";
import { RemoteHandle } from "./remote_handle.ts";

/** Below this, opening further channels takes longer than it saves. */
const minBytesForChannels = 8 * 1024 * 1024;

/** A remote file that is read. */
export interface ReadFile {
  connection: SftpConnection;
  path: string;
  /** What the first handle leads to. */
  source: Pick<RemoteFile, "size" | "mtimeMs">;
}

/**
 * Opens a file for reading on as many further channels as its size and the round trip ask for, and
 * gives all handles, the first one included. Fewer where the server allows fewer, or the path leads
 * to another file by now.
 */
export async function openReadLanes(
  first: RemoteHandle,
  file: ReadFile,
  signal: AbortSignal,
): Promise<RemoteHandle[]> {
  const channels = await furtherChannels(file.connection, file.source.size);
  const opened = await openSame(file.connection, channels, file, signal);
  signal.throwIfAborted();
  return [first, ...opened];
}

/**
 * Whether a server is known to write files in place, as it can flush them. One that stores what each
 * handle writes apart, or only when it is closed (object stores, rclone), wants a file's parts from
 * its beginning to its end; a second handle, merely opened, may spoil it.
 */
export function writesInPlace(connection: SftpConnection): boolean {
  return connection.hasExtension("fsync@openssh.com");
}

/**
 * Opens a file that is there for writing, on as many channels as {@link openReadLanes} where the
 * server writes it in place.
 */
export async function openWriteLanes(
  first: RemoteHandle,
  { connection, path, size }: { connection: SftpConnection; path: string; size: number },
  signal: AbortSignal,
): Promise<RemoteHandle[]> {
  if (!writesInPlace(connection)) return [first];
  const channels = await furtherChannels(connection, size);
  const opened = await settledHandles(
    channels.map((channel) => RemoteHandle.open(connection, path, "r+", { signal, channel })),
  );
  signal.throwIfAborted();
  return [first, ...opened];
}

/**
 * Opens a file for reading on a second connection, where so many bytes and the round trip ask for
 * one; gives no handles where they do not, or the server wants none. Writing stays on one connection:
 * what stores files elsewhere than on a disk may not join what two of them write.
 */
export async function openSecondLanes(
  file: ReadFile,
  bytes: number,
  signal: AbortSignal,
): Promise<RemoteHandle[]> {
  const { connection } = file;
  if (!needsSecondConnection(bytes, connection.roundTripMs)) return [];
  try {
    const second = await connection.second();
    if (second === undefined) return [];
    const channels = await second.channels(channelsInFlight(second.roundTripMs) - 1);
    return await openSame(second, [undefined, ...channels], file, signal);
  } catch {
    return []; // the first connection does it alone
  }
}

async function furtherChannels(connection: SftpConnection, size: number): Promise<SFTPWrapper[]> {
  const wanted = channelsInFlight(connection.roundTripMs) - 1;
  return wanted < 1 || size < minBytesForChannels ? [] : await connection.channels(wanted);
}

/** Another version may have been renamed over the path since the first handle was opened. */
async function openSame(
  connection: SftpConnection,
  channels: readonly (SFTPWrapper | undefined)[],
  { path, source }: ReadFile,
  signal: AbortSignal,
): Promise<RemoteHandle[]> {
  const opened = await settledHandles(channels.map(async (channel) => {
    const handle = await RemoteHandle.open(connection, path, "r", { signal, channel });
    const { size, mtimeMs } = await handle.stat();
    if (size === source.size && mtimeMs === source.mtimeMs) return handle;
    handle.closeLater();
    return undefined;
  }));
  return opened.filter((handle) => handle !== undefined);
}

async function settledHandles<T>(opening: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(opening);
  return settled.flatMap((one) => one.status === "fulfilled" ? [one.value] : []);
}
