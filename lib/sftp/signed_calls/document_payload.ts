/** What the document API is told about a batch of files (reference: sftp, Call API for Files). */

/** A file that was moved to where the API finds it. */
export interface DocumentFile {
  /** Its name when it was uploaded. */
  filename: string;
  /** Its whole path now. */
  backup_path: string;
}

/** The message about a batch. */
export interface DocumentPayload {
  /** The project that the files belong to. */
  project_id: string;
  /** How the API is to read them; null when none is set. */
  profile_code: string | null;
  /** Who uploaded them. */
  uploaded_by: string;
  /** Where they come from. */
  source: string;
  /** The files, in the order of their names. */
  files: DocumentFile[];
}

/** Writes the message with its fields in the reference's order. */
export function documentBody(payload: DocumentPayload): string {
  const { project_id, profile_code, uploaded_by, source, files } = payload;
  return JSON.stringify({
    project_id,
    profile_code,
    uploaded_by,
    source,
    files: files.map(({ filename, backup_path }) => ({ filename, backup_path })),
  });
}
