/** PostgreSQL refuses to run as root, so that root runs it as another user. */

/** A user and group of the system. */
export interface ServerAccount {
  /** The user's number. */
  uid: number;
  /** The group's number. */
  gid: number;
}

// `nobody` owns nothing on a well-kept system, and needs no entry in the user table.
const nobody: ServerAccount = { uid: 65534, gid: 65534 };

/** Gives the user that the server runs as, or undefined when that is the caller. */
export function serverAccount(): ServerAccount | undefined {
  if (Deno.build.os === "windows") return undefined;
  return Deno.uid() === 0 ? nobody : undefined;
}
