import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import postgres from "postgres";
import {
  ConfigurationError,
  DatabaseConnectionError,
  OpsdeckError,
  RetryableError,
  toDatabaseError,
} from "../../../lib/core/mod.ts";

/** The shape of npm:postgres' errors: the fields of the server's message on the error. */
function postgresError(code: string, message = "of the server"): Error {
  return Object.assign(new Error(message), { name: "PostgresError", code, severity: "ERROR" });
}

/** The shape of npm:mssql's errors for an error number: tedious' error inside one of the same. */
function requestError(number: number, message = "of the server", severity = 16): Error {
  const inner = Object.assign(new Error(message), { code: "EREQUEST", number, class: severity });
  return Object.assign(new Error(message), {
    name: "RequestError",
    code: "EREQUEST",
    number,
    class: severity,
    originalError: inner,
  });
}

class ConnectionError extends Error {
  readonly code: string;
  constructor(message: string, code: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

class RequestError extends ConnectionError {}

const classes = { ConfigurationError, DatabaseConnectionError, OpsdeckError, RetryableError };
type Expected = [keyof typeof classes, string, number, boolean];

const connection: Expected = ["DatabaseConnectionError", "DATABASE_CONNECTION", 4, true];
const login: Expected = ["ConfigurationError", "LOGIN_REFUSED", 2, false];
const unknown: Expected = ["ConfigurationError", "DATABASE_UNKNOWN", 2, false];
const tls: Expected = ["ConfigurationError", "TLS", 2, false];
const conflict: Expected = ["RetryableError", "DATABASE_CONFLICT", 1, true];
const schema: Expected = ["ConfigurationError", "SCHEMA_MISSING", 2, false];
const privilege: Expected = ["ConfigurationError", "PERMISSION_DENIED", 2, false];
const timeout: Expected = ["OpsdeckError", "DATABASE_TIMEOUT", 1, true];
const resources: Expected = ["OpsdeckError", "DATABASE_RESOURCES", 1, false];
const statement: Expected = ["OpsdeckError", "DATABASE_STATEMENT", 1, false];

Deno.test("toDatabaseError() turns every documented PostgreSQL and driver code into its class", () => {
  const cases: [string, Expected][] = [
    ["08000", connection],
    ["08006", connection],
    ["53300", connection],
    ["57P01", connection],
    ["57P02", connection],
    ["57P03", connection],
    ["CONNECTION_CLOSED", connection],
    ["CONNECTION_DESTROYED", connection],
    ["CONNECTION_ENDED", connection],
    ["CONNECT_TIMEOUT", connection],
    ["ECONNRESET", connection],
    ["28P01", login],
    ["28000", login],
    ["SASL_SIGNATURE_MISMATCH", login],
    ["3D000", unknown],
    ["40001", conflict],
    ["40P01", conflict],
    ["55P03", conflict],
    ["42P01", schema],
    ["42703", schema],
    ["42501", privilege],
    ["57014", timeout],
    ["53100", resources],
    ["23505", statement],
    ["22P02", statement],
    ["UNDEFINED_VALUE", statement],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", tls],
  ];

  for (const [code, expected] of cases) check(postgresError(code), expected, code);
});

Deno.test("toDatabaseError() turns every documented SQL Server number and code into its class", () => {
  const cases: [number, Expected][] = [
    [18456, login],
    [18486, login],
    [4060, unknown],
    [911, unknown],
    [1205, conflict],
    [1222, conflict],
    [3960, conflict],
    [40501, conflict],
    [49918, conflict],
    [40613, connection],
    [40197, connection],
    [6005, connection],
    [208, schema],
    [207, schema],
    [229, privilege],
    [1105, resources],
    [9002, resources],
    [2627, statement],
    [102, statement],
  ];

  for (const [number, expected] of cases) check(requestError(number), expected, String(number));
  check(requestError(12345, "broken off", 20), connection, "severity 20");
  check(new ConnectionError("Login failed for user 'a'", "ELOGIN"), login, "ELOGIN");
  check(new ConnectionError('Cannot open database "x" requested', "ELOGIN"), unknown, "ELOGIN");
  check(new ConnectionError("no server", "ETIMEOUT"), connection, "ETIMEOUT connecting");
  check(new RequestError("too slow", "ETIMEOUT"), timeout, "ETIMEOUT running");
  check(new RequestError("Canceled.", "ECANCEL"), timeout, "ECANCEL");
  check(new RequestError("state", "EINVALIDSTATE"), connection, "EINVALIDSTATE");
  check(new ConnectionError("encryption", "EENCRYPT"), tls, "EENCRYPT");
});

Deno.test("toDatabaseError() goes by the innermost error that it knows", () => {
  const certificate = Object.assign(new Error("self-signed"), {
    code: "DEPTH_ZERO_SELF_SIGNED_CERT",
  });
  const deadlock = requestError(1205);
  const eachAddress = new AggregateError([
    Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }),
  ]);
  const denied = new AggregateError([
    new Deno.errors.NotCapable(
      'Requires net access to "10.0.0.1:1433", run again with the --allow-net flag',
    ),
  ]);

  check(new ConnectionError("failed", "ESOCKET", certificate), tls, "certificate");
  check(new ConnectionError("aborted", "EABORT", deadlock), conflict, "transaction");
  check(new ConnectionError("failed", "ESOCKET", eachAddress), connection, "addresses");
  const error = toDatabaseError(new ConnectionError("failed", "ESOCKET", denied));
  assert(error instanceof ConfigurationError);
  assertEquals(error.code, "PERMISSION_MISSING");
  assertStringIncludes(error.message, 'no net access to "10.0.0.1:1433"; add it with --allow-net');
});

Deno.test("toDatabaseError() carries what helps to find the trouble, and no row data", () => {
  const error = Object.assign(postgresError("23505", 'duplicate key violates "dedupe"\n'), {
    detail: "Key (email)=(a@b.c) already exists.",
    table_name: "processing_queue",
    constraint_name: "dedupe",
  });

  const ours = toDatabaseError(error);

  assert(ours instanceof OpsdeckError);
  assertEquals(ours.context, {
    sqlstate: "23505",
    table: "processing_queue",
    constraint: "dedupe",
  });
  assertEquals(
    ours.message,
    'Cannot run the statement as the database refused it: duplicate key violates "dedupe"',
  );
});

Deno.test("toDatabaseError() makes an error of whatever was thrown", () => {
  for (const thrown of ["a text", undefined, null, 7, {}]) {
    const error = toDatabaseError(thrown);
    assert(error instanceof OpsdeckError);
    assertEquals(error.code, "DATABASE_STATEMENT");
  }
  const late = toDatabaseError(new DOMException("late", "TimeoutError"));
  assert(late instanceof OpsdeckError);
  assertEquals(late.code, "DATABASE_TIMEOUT");
});

Deno.test("toDatabaseError() knows what npm:postgres throws for a closed port", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();

  const error = toDatabaseError(await failureOf(port));

  assert(error instanceof DatabaseConnectionError);
  assertEquals(error.context, { driver_code: "ECONNREFUSED", host: "127.0.0.1", port });
  assertMatch(error.message, /connect ECONNREFUSED 127\.0\.0\.1:\d+; check that the server is up/);
});

Deno.test("toDatabaseError() knows what npm:postgres throws for a server that drops the connection", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const dropping = (async () => {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(1024));
      await connection.write(
        new Uint8Array([...message("R", [0, 0, 0, 0]), ...message("Z", [73])]),
      );
      await connection.read(new Uint8Array(1024)); // the query
      connection.close();
    }
  })();

  const error = toDatabaseError(await failureOf(listener.addr.port));
  listener.close();
  await dropping.catch(() => {});

  assert(error instanceof DatabaseConnectionError, Deno.inspect(error));
});

Deno.test("toDatabaseError() knows what npm:postgres throws for a login that the server refuses", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const refusing = (async () => {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(1024));
      await connection.write(
        errorMessage("28P01", 'password authentication failed for user "bob"'),
      );
      connection.close();
    }
  })();

  const error = toDatabaseError(await failureOf(listener.addr.port));
  listener.close();
  await refusing.catch(() => {});

  assert(error instanceof ConfigurationError, Deno.inspect(error));
  assertEquals([error.code, error.exitCode], ["LOGIN_REFUSED", 2]);
  assertStringIncludes(error.message, 'for user "bob"');
});

function check(error: unknown, [className, code, exitCode, retryable]: Expected, name: string) {
  const ours = toDatabaseError(error);
  assert(ours instanceof classes[className], `${name}: ${Deno.inspect(ours)}`);
  assertEquals([ours.name, ours.code, ours.exitCode, ours.retryable], [
    className,
    code,
    exitCode,
    retryable,
  ], name);
  assert(ours.cause === error, name);
  assert(!ours.message.includes("\n") && !ours.message.endsWith("."), ours.message);
}

async function failureOf(port: number): Promise<unknown> {
  const sql = postgres({
    host: "127.0.0.1",
    port,
    username: "bob",
    password: "secret",
    database: "rpa_db",
    max: 1,
    connect_timeout: 5,
    fetch_types: false,
  });
  try {
    return await sql`select 1`.then(() => undefined, (error: unknown) => error);
  } finally {
    await sql.end({ timeout: 0 });
  }
}

/** PostgreSQL's ErrorResponse message. */
function errorMessage(code: string, text: string): Uint8Array {
  const fields = new TextEncoder().encode(`SFATAL\0C${code}\0M${text}\0\0`);
  return message("E", fields);
}

function message(type: string, body: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(5 + body.length);
  bytes[0] = type.charCodeAt(0);
  new DataView(bytes.buffer).setUint32(1, 4 + body.length);
  bytes.set(body, 5);
  return bytes;
}
