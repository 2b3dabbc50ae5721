/** The files that a person's words mean. */

import { ConfigurationError, OpsdeckError, SFTPConnectionError } from "../../core/mod.ts";

/** A file or folder that is meant. */
export interface SelectedEntry {
  /** Its path in its tree. */
  path: string;
  /** Its path from the place that was named, which is kept where it goes to. */
  relative: string;
  /** Bytes; 0 for a folder. */
  size: number;
  /** When it was changed last, in milliseconds since 1970. */
  mtimeMs: number;
}

/** Something that is left where it is. */
export interface SetAside {
  /** Its path in its tree. */
  path: string;
  /** Why, as the rest of a sentence that begins with the path. */
  reason: string;
}

/** Something that was meant and cannot be had. */
export interface FailedPath {
  /** The path, as it was named or found. */
  path: string;
  /** Why. */
  error: Error;
}

/** What a person's words mean. */
export interface Selection {
  /** The files, in the order of their paths. */
  files: SelectedEntry[];
  /** The folders that were gone through, a folder before those in it. */
  folders: SelectedEntry[];
  /** Links and other things that are no files. */
  setAside: SetAside[];
  /** What could not be found or read. */
  failures: FailedPath[];
}

/**
 * Gives an error that concerns one path, for the report. One that concerns the whole run (the
 * connection, a missing permission, a mistake in the program) is thrown.
 */
export function troubleOfPath(error: unknown): OpsdeckError {
  const concernsAll = error instanceof SFTPConnectionError || error instanceof ConfigurationError;
  if (error instanceof OpsdeckError && !concernsAll) return error;
  throw error;
}
