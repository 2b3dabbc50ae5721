/**
 * What PostgreSQL's and its driver's error codes mean.
 *
 * Sources: PostgreSQL 18 documentation, Appendix A (SQLSTATE codes); the codes that `npm:postgres`
 * 3.4.9 makes itself, in its `src/connection.js`, `src/index.js` and `src/types.js`.
 */

import type { DatabaseTrouble } from "./database_trouble.ts";

const troubles = new Map<string, DatabaseTrouble>([
  ["25P03", "connection"], // idle_in_transaction_session_timeout: the session is gone
  ["53300", "connection"], // too_many_connections
  ["57P01", "connection"], // admin_shutdown
  ["57P02", "connection"], // crash_shutdown
  ["57P03", "connection"], // cannot_connect_now
  ["57P05", "connection"], // idle_session_timeout

  ["28000", "login"], // invalid_authorization_specification
  ["28P01", "login"], // invalid_password

  ["3D000", "database"], // invalid_catalog_name
  ["57P04", "database"], // database_dropped

  ["40001", "conflict"], // serialization_failure
  ["40P01", "conflict"], // deadlock_detected
  ["55006", "conflict"], // object_in_use
  ["55P03", "conflict"], // lock_not_available

  ["3F000", "schema"], // invalid_schema_name
  ["42703", "schema"], // undefined_column
  ["42P01", "schema"], // undefined_table

  ["25006", "privilege"], // read_only_sql_transaction
  ["42501", "privilege"], // insufficient_privilege

  ["25P04", "timeout"], // transaction_timeout
  ["57014", "timeout"], // query_canceled, statement_timeout included

  ["53100", "resources"], // disk_full
  ["53200", "resources"], // out_of_memory

  ["CONNECTION_CLOSED", "connection"],
  ["CONNECTION_DESTROYED", "connection"],
  ["CONNECTION_ENDED", "connection"],
  ["CONNECT_TIMEOUT", "connection"],
  ["SASL_SIGNATURE_MISMATCH", "login"],
  ["COPY_IN_PROGRESS", "statement"],
  ["MAX_PARAMETERS_EXCEEDED", "statement"],
  ["MESSAGE_NOT_SUPPORTED", "statement"],
  ["NOT_TAGGED_CALL", "statement"],
  ["UNDEFINED_VALUE", "statement"],
  ["UNSAFE_TRANSACTION", "statement"],
]);

const sqlstate = /^[0-9A-Z]{5}$/;

/**
 * Tells whether a code has the form of an SQLSTATE: five capitals or digits, with a digit, which
 * sets it apart from the operating system's `EPIPE` and its like.
 */
export function isSqlstate(code: string): boolean {
  return sqlstate.test(code) && /\d/.test(code);
}

/** Gives what a PostgreSQL or driver code means, undefined when it is neither. */
export function postgresTrouble(code: string): DatabaseTrouble | undefined {
  const known = troubles.get(code);
  if (known !== undefined) return known;
  if (!isSqlstate(code)) return undefined;
  return code.startsWith("08") ? "connection" : "statement"; // class 08: connection exception
}
