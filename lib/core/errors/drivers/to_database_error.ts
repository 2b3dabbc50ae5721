/** Errors of the database drivers, turned into ours. */

import type { DatabaseTrouble } from "./database_trouble.ts";
import { errorCodeOf, isNetworkErrno } from "../errno_codes.ts";
import { ConfigurationError, DatabaseConnectionError, RetryableError } from "../error_classes.ts";
import { errorChain, errorReason, numberField, textField } from "../error_fields.ts";
import { ErrorCategory, ErrorSeverity, OpsdeckError } from "../opsdeck_error.ts";
import { permissionMissing } from "../permission_missing.ts";
import { isSqlstate, postgresTrouble } from "./postgres_error_codes.ts";
import { sqlServerTrouble, tediousTrouble } from "./sqlserver_error_codes.ts";
import { isCertificateError } from "./tls_error_codes.ts";

/**
 * Turns what `npm:postgres`, `npm:mssql` or tedious threw into one of our errors, with the
 * driver's as its `cause`:
 *
 * - unreachable, lost, starting, stopping or full server: `DatabaseConnectionError`
 * - login refused (`LOGIN_REFUSED`), unknown database (`DATABASE_UNKNOWN`), certificate
 *   (`TLS`), missing table (`SCHEMA_MISSING`), missing right (`PERMISSION_DENIED`), missing Deno
 *   permission (`PERMISSION_MISSING`): `ConfigurationError`
 * - deadlock, serialization failure, lock time out, throttling: `RetryableError` with the code
 *   `DATABASE_CONFLICT`
 * - statement timed out or cancelled: `OpsdeckError`, retryable, code `DATABASE_TIMEOUT`
 * - server out of space or memory: `OpsdeckError`, critical, code `DATABASE_RESOURCES`
 * - any other: `OpsdeckError`, code `DATABASE_STATEMENT`, `sqlstate` or `error_number` in its
 *   context
 *
 * An `OpsdeckError` and an abort pass unchanged, and so does a `TypeError` and its like without a
 * code, which is a mistake in the program and not the database's answer.
 *
 * `address`, as `host:port`, is named in errors of connecting and logging in; the driver's own say
 * who was refused and not where.
 */
export function toDatabaseError(error: unknown, { address }: { address?: string } = {}): Error {
  if (error instanceof OpsdeckError) return error;
  if (error instanceof DOMException && error.name === "AbortError") return error;
  const refused = permissionMissing(error);
  if (refused !== undefined) return refused;

  // The innermost error that is known says most: mssql wraps a refused certificate in ESOCKET.
  const chain = errorChain(error).toReversed();
  for (const link of chain) {
    const trouble = troubleOf(link);
    if (trouble !== undefined) return describe(trouble, error, link, address);
  }
  if (error instanceof Error && isProgramMistake(error)) return error;
  return describe("statement", error, error);
}

function troubleOf(error: unknown): DatabaseTrouble | undefined {
  const number = numberField(error, "number");
  if (number !== undefined) return sqlServerTrouble(number, numberField(error, "class"));
  if (isCertificateError(error)) return "tls";

  const code = errorCodeOf(error);
  if (isNetworkErrno(code) || textField(error, "syscall") === "connect") return "connection";
  if (code === undefined) {
    return error instanceof Error && error.name === "TimeoutError" ? "timeout" : undefined;
  }
  // mssql gives no number for a refused login, and uses one code for both.
  if (code === "ELOGIN" && errorReason(error).startsWith("Cannot open database")) return "database";
  const className = error instanceof Error ? error.constructor.name : "";
  return tediousTrouble(code, className) ?? postgresTrouble(code);
}

function isProgramMistake(error: Error): boolean {
  return error instanceof TypeError || error instanceof RangeError ||
    error instanceof ReferenceError || error instanceof SyntaxError;
}

function describe(
  trouble: DatabaseTrouble,
  cause: unknown,
  link: unknown,
  address?: string,
): OpsdeckError {
  const database = address === undefined ? "the database" : `the database at ${address}`;
  const reason = errorReason(link);
  const context = contextOf(link);
  switch (trouble) {
    case "connection":
      return new DatabaseConnectionError(
        `Cannot reach ${database} as the connection failed: ${reason}; ` +
          "check that the server is up, then run this again",
        { cause, context },
      );
    case "login":
      return new ConfigurationError(
        `Cannot log in to ${database} as the server refused the login: ${reason}; ` +
          "check the user and the password of the connection string",
        { code: "LOGIN_REFUSED", category: ErrorCategory.PERMISSION, cause, context },
      );
    case "database":
      return new ConfigurationError(
        `Cannot open ${database} as the server refused it: ${reason}; ` +
          "check the database name of the connection string, and that the user may open it",
        { code: "DATABASE_UNKNOWN", cause, context },
      );
    case "tls":
      return new ConfigurationError(
        `Cannot encrypt the connection to ${database} as TLS failed: ${reason}; ` +
          "check the encryption settings and the CA file of the connection string",
        { code: "TLS", category: ErrorCategory.NETWORK, cause, context },
      );
    case "conflict":
      return new RetryableError(
        `Cannot finish the statement as it met another one: ${reason}; run this again`,
        { code: "DATABASE_CONFLICT", cause, context },
      );
    case "schema":
      return new ConfigurationError(
        `Cannot run the statement as a table or column is missing: ${reason}; ` +
          "apply the schema first, and check the database name",
        { code: "SCHEMA_MISSING", cause, context },
      );
    case "privilege":
      return new ConfigurationError(
        `Cannot run the statement as the user may not do this: ${reason}; ` +
          "grant the right or use another user",
        { code: "PERMISSION_DENIED", category: ErrorCategory.PERMISSION, cause, context },
      );
    case "timeout":
      return new OpsdeckError(
        `Cannot finish the statement as it was cancelled or took too long: ${reason}; ` +
          "run this again, with a smaller batch if it happens again",
        { code: "DATABASE_TIMEOUT", retryable: true, cause, context },
      );
    case "resources":
      return new OpsdeckError(
        `Cannot run the statement as the server has run out of space or memory: ${reason}; ` +
          "free some on the database server",
        {
          code: "DATABASE_RESOURCES",
          severity: ErrorSeverity.CRITICAL,
          cause,
          context,
        },
      );
    case "statement":
      return new OpsdeckError(`Cannot run the statement as the database refused it: ${reason}`, {
        code: "DATABASE_STATEMENT",
        cause,
        context,
      });
  }
}

/** The fields that help to find the trouble. PostgreSQL's `detail` stays out: it quotes row data. */
function contextOf(link: unknown): Record<string, unknown> {
  const code = textField(link, "code");
  const fields = {
    sqlstate: code !== undefined && isSqlstate(code) ? code : undefined,
    driver_code: code !== undefined && !isSqlstate(code) ? code : undefined,
    error_number: numberField(link, "number"),
    host: textField(link, "address") ?? textField(link, "hostname"),
    port: numberField(link, "port"),
    table: textField(link, "table_name"),
    column: textField(link, "column_name"),
    constraint: textField(link, "constraint_name"),
    procedure: textField(link, "procName"),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
