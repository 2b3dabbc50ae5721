/** The kinds of trouble that a database reports, the same for both servers. */

/**
 * What a database error means to the caller:
 *
 * - `connection`: unreachable, lost, starting, shutting down or full; try again later
 * - `login`: user or password refused
 * - `database`: the named database does not exist or is closed to this user
 * - `tls`: the encrypted connection cannot be made as configured
 * - `conflict`: met another transaction, or throttled; the same statement may succeed next time
 * - `schema`: a table or column is missing
 * - `privilege`: the user may not do this
 * - `timeout`: the statement took too long or was cancelled
 * - `resources`: the server is out of disk space or memory
 * - `statement`: the statement or its data are wrong
 */
export type DatabaseTrouble =
  | "connection"
  | "login"
  | "database"
  | "tls"
  | "conflict"
  | "schema"
  | "privilege"
  | "timeout"
  | "resources"
  | "statement";
