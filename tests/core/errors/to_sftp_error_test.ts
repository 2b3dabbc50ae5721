import { assert, assertEquals } from "@std/assert";
import {
  ConfigurationError,
  FileOperationError,
  OpsdeckError,
  SFTPConnectionError,
  toSftpError,
} from "../../../lib/core/mod.ts";

const classes = { ConfigurationError, FileOperationError, OpsdeckError, SFTPConnectionError };
type Expected = [keyof typeof classes, string, string, number, boolean];

const connection: Expected = ["SFTPConnectionError", "SFTP_CONNECTION", "NETWORK", 4, true];
const login: Expected = ["ConfigurationError", "LOGIN_REFUSED", "PERMISSION", 2, false];
const hostKey: Expected = ["ConfigurationError", "HOST_KEY", "PERMISSION", 2, false];
const incompatible: Expected = ["SFTPConnectionError", "SSH_INCOMPATIBLE", "NETWORK", 4, false];
const file = (code: string, category = "FILE_IO", retryable = false): Expected => [
  "FileOperationError",
  code,
  category,
  1,
  retryable,
];

Deno.test("toSftpError() turns every status of the protocol into its code", () => {
  const cases: [number, Expected][] = [
    [1, file("END_OF_FILE")],
    [2, file("NO_SUCH_FILE")],
    [3, file("PERMISSION_DENIED", "PERMISSION")],
    [4, file("SFTP_FAILURE")],
    [5, file("BAD_MESSAGE")],
    [6, connection],
    [7, connection],
    [8, file("OPERATION_UNSUPPORTED")],
    [11, file("FILE_EXISTS")],
    [14, file("NO_SPACE")],
    [15, file("QUOTA_EXCEEDED", "QUOTA")],
    [17, file("LOCKED", "FILE_IO", true)],
  ];

  for (const [code, expected] of cases) check(failure("Failure", { code }), expected);
  const missing = toSftpError(failure("No such file", { code: 2 })) as FileOperationError;
  assertEquals(missing.context, { sftp_status: 2 });
});

Deno.test("toSftpError() turns the errors of the session into theirs", () => {
  const generic = { code: "ERR_GENERIC_CLIENT" };
  const cases: [Error, Expected][] = [
    [failure("connect ECONNREFUSED", { code: "ECONNREFUSED", level: "client-socket" }), connection],
    [failure("connect: Remote host refused connection", { code: "ECONNREFUSED" }), connection],
    [failure("getaddrinfo ENOTFOUND x", { code: "ENOTFOUND" }), connection],
    [failure("Keepalive timeout", { level: "client-timeout" }), connection],
    [failure("Timed out while waiting for handshake", { level: "client-timeout" }), connection],
    [failure("Connection lost before handshake", { level: "protocol", fatal: true }), connection],
    [failure("No response from server", {}), connection],
    [failure("Not connected", {}), connection],
    [failure("put: Unexpected end event", generic), connection],
    [failure("list: No SFTP connection available", { code: "ERR_NOT_CONNECTED" }), connection],
    [failure("(SSH) Channel open failure: open failed", { reason: 2 }), connection],
    [new TypeError("Cannot read properties of undefined (reading 'unlink')"), connection],
    [new DOMException("late", "TimeoutError"), connection],
    [
      failure("All configured authentication methods failed", { level: "client-authentication" }),
      login,
    ],
    [failure("getConnection: All configured authentication methods failed", generic), login],
    [failure("Cannot parse privateKey: Unsupported key format", {}), login],
    [failure("Host denied (verification failed)", { level: "handshake" }), hostKey],
    [failure("getConnection: Host denied (verification failed)", generic), hostKey],
    [
      failure("Handshake failed: no matching C->S cipher", { level: "handshake" }),
      incompatible,
    ],
  ];

  for (const [error, expected] of cases) check(error, expected);
});

Deno.test("toSftpError() tells the server's files from this machine's", () => {
  check(failure("stat: No such file: /a", { code: "ENOENT" }), file("NO_SUCH_FILE"));
  check(failure("mkdir: bad path", { code: "ERR_BAD_PATH" }), file("BAD_PATH"));
  check(
    failure("ENOENT: no such file", { code: "ENOENT", syscall: "open", path: "/a" }),
    file("ENOENT"),
  );
  check(failure("no space", { code: "ENOSPC", syscall: "write" }), file("ENOSPC", "SYSTEM"));
});

Deno.test("toSftpError() names the flag of a missing permission", () => {
  const denied = failure("getaddrinfo EPERM files.example.com", {
    code: "EPERM",
    syscall: "getaddrinfo",
    hostname: "files.example.com",
    level: "client-socket",
  });

  const error = toSftpError(denied);

  assert(error instanceof ConfigurationError);
  assertEquals(error.code, "PERMISSION_MISSING");
  assertEquals(
    error.message,
    'Cannot go on as Deno was given no net access to "files.example.com"; ' +
      "add it with --allow-net=files.example.com: --print-permissions shows the whole line",
  );
});

Deno.test("toSftpError() keeps what it does not know as the cause of an error of its own", () => {
  const error = toSftpError(failure("something new", { code: "ERR_GENERIC_CLIENT" }));

  assert(error instanceof OpsdeckError);
  assertEquals([error.code, error.message], [
    "SFTP_FAILED",
    "Cannot finish the SFTP operation as it failed: something new",
  ]);
});

function failure(message: string, fields: Record<string, unknown>): Error {
  return Object.assign(new Error(message), fields);
}

function check(error: Error, [className, code, category, exitCode, retryable]: Expected): void {
  const ours = toSftpError(error);
  const name = `${error.message}: ${Deno.inspect(ours)}`;
  assert(ours instanceof classes[className], name);
  assertEquals(
    [ours.name, ours.code, ours.category, ours.exitCode, ours.retryable],
    [className, code, category, exitCode, retryable],
    name,
  );
  assert(ours.cause === error, name);
  assert(!ours.message.includes("\n") && !ours.message.endsWith("."), ours.message);
}
