import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import {
  categorizeError,
  ErrorCategory,
  ErrorContext,
  ErrorHandler,
  ErrorSeverity,
  FileOperationError,
  RateLimitError,
  ValidationError,
} from "../../../lib/core/mod.ts";

Deno.test("ErrorHandler.handleError() keeps everything that was at hand, absent fields null", () => {
  const handler = new ErrorHandler({ now: () => new Date("2024-01-15T10:30:00Z") });
  const error = new FileOperationError("Cannot write 'a'", {
    context: { file_path: "/data/a", row_id: "of the error" },
    cause: new Error("disk"),
  });

  const context = handler.handleError(error, { row_id: 7, download_type: "youtube", attempt: 2 });

  const { error_id, stack_trace, ...rest } = context;
  assertEquals(rest, {
    severity: "ERROR",
    category: "FILE_IO",
    message: "Cannot write 'a'",
    details: '{"attempt":2,"cause":{"name":"Error","message":"disk"}}',
    row_id: "7",
    download_type: "youtube",
    url: null,
    file_path: "/data/a",
    timestamp: "2024-01-15T10:30:00.000Z",
  });
  assert(context instanceof ErrorContext);
  assert(error_id.length > 0);
  assertStringIncludes(stack_trace ?? "", "Cannot write 'a'");
  assertEquals(handler.handleError("a text").details, null);
  assertEquals(handler.handleError("a text").stack_trace, null);
});

Deno.test("categorizeError() goes by code, status and class", () => {
  const coded = (code: string) => Object.assign(new Error("x"), { code });
  const http = (status: number, reason?: string) =>
    Object.assign(new Error("x"), { status, ...(reason === undefined ? {} : { reason }) });
  const cases: [unknown, string, string][] = [
    [coded("ENOSPC"), "SYSTEM", "CRITICAL"],
    [coded("ENOMEM"), "SYSTEM", "CRITICAL"],
    [coded("EIO"), "FILE_IO", "CRITICAL"],
    [coded("EDQUOT"), "QUOTA", "ERROR"],
    [coded("ECONNREFUSED"), "NETWORK", "ERROR"],
    [coded("ENOTFOUND"), "NETWORK", "ERROR"],
    [coded("ENOENT"), "FILE_IO", "ERROR"],
    [coded("EACCES"), "PERMISSION", "ERROR"],
    [new Error("wrapped", { cause: coded("EPIPE") }), "NETWORK", "ERROR"],
    [new Deno.errors.ConnectionReset("x"), "NETWORK", "ERROR"],
    [new Deno.errors.NotCapable("Requires net access to"), "PERMISSION", "ERROR"],
    [http(429), "RATE_LIMIT", "ERROR"],
    [{ statusCode: 503 }, "NETWORK", "ERROR"],
    [http(408), "NETWORK", "ERROR"],
    [http(401), "PERMISSION", "ERROR"],
    [http(403), "PERMISSION", "ERROR"],
    [http(403, "userRateLimitExceeded"), "RATE_LIMIT", "ERROR"],
    [http(403, "downloadQuotaExceeded"), "QUOTA", "ERROR"],
    [http(403, "dailyLimitExceeded"), "QUOTA", "ERROR"],
    [http(404), "VALIDATION", "ERROR"],
    [http(507), "QUOTA", "ERROR"],
    [new ValidationError("x"), "VALIDATION", "ERROR"],
    [new RateLimitError("x"), "RATE_LIMIT", "ERROR"],
    [new SyntaxError("x"), "VALIDATION", "ERROR"],
    [new DOMException("x", "TimeoutError"), "NETWORK", "ERROR"],
    [new DOMException("x", "AbortError"), "SYSTEM", "INFO"],
    [new Error("connection refused"), "SYSTEM", "ERROR"],
    ["a text", "SYSTEM", "ERROR"],
    [undefined, "SYSTEM", "ERROR"],
  ];

  for (const [error, category, severity] of cases) {
    assertEquals(categorizeError(error), { category, severity } as never, Deno.inspect(error));
  }
});

Deno.test("categorizeError() knows the errors that this runtime really throws", async () => {
  const full = await Deno.writeTextFile("/dev/full", "x").catch((error: unknown) => error);
  const missing = await Deno.readTextFile("/none/there").catch((error: unknown) => error);
  const closed = await fetch(`http://127.0.0.1:${await closedPort()}/`).catch((e: unknown) => e);

  assertEquals(categorizeError(full), { category: "SYSTEM", severity: "CRITICAL" });
  assertEquals(categorizeError(missing), { category: "FILE_IO", severity: "ERROR" });
  assertEquals(categorizeError(closed), { category: "NETWORK", severity: "ERROR" });
});

Deno.test("ErrorHandler.shouldRetry() retries network errors and rate limits, as the reference", () => {
  const handler = new ErrorHandler();
  const retried: [string, boolean][] = [
    ["NETWORK", true],
    ["RATE_LIMIT", true],
    ["FILE_IO", true],
    ["SYSTEM", true],
    ["VALIDATION", false],
    ["PERMISSION", false],
    ["QUOTA", false],
    ["DATA_CORRUPTION", false],
  ];

  for (const [category, expected] of retried) {
    const context = contextOf(category);
    assertEquals(handler.shouldRetry(context, 1), expected, category);
    assertEquals(handler.shouldRetry(context, 2), expected, category);
    assertEquals(handler.shouldRetry(context, 3), false, category);
    assertEquals(handler.shouldRetry(context, 3, 4), expected, category);
    assertEquals(handler.shouldRetry(contextOf(category, "CRITICAL"), 1), false, category);
    assertEquals(handler.shouldRetry(contextOf(category, "INFO"), 1), false, category);
  }
});

Deno.test("ErrorHandler.getRetryDelay() doubles for rate limits, grows for others, with the caps", () => {
  const handler = new ErrorHandler();
  const delays = (category: string) =>
    [1, 2, 3, 4, 5, 6, 7, 2000].map((n) => handler.getRetryDelay(contextOf(category), n));

  assertEquals(delays("RATE_LIMIT"), [2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  assertEquals(
    delays("NETWORK"),
    [5000, 10_000, 15_000, 20_000, 25_000, 30_000, 30_000, 30_000],
  );
  assertEquals(
    delays("FILE_IO"),
    [2000, 4000, 6000, 8000, 10_000, 12_000, 14_000, 4_000_000],
  );
});

Deno.test("ErrorHandler.getRetryDelay() is a time that a timer can wait, for any count", () => {
  const handler = new ErrorHandler();
  const categories = fc.constantFrom(...Object.values(ErrorCategory));

  fc.assert(fc.property(categories, fc.integer(), (category, count) => {
    const delayMs = handler.getRetryDelay(contextOf(category), count);
    assert(delayMs > 0 && delayMs < 2 ** 31);
  }));
});

function contextOf(category: string, severity: string = ErrorSeverity.ERROR): ErrorContext {
  return new ErrorContext({
    error_id: "1",
    category: category as ErrorCategory,
    severity: severity as ErrorSeverity,
    message: "x",
    timestamp: "2024-01-15T10:30:00Z",
  });
}

async function closedPort(): Promise<number> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await Promise.resolve();
  return port;
}
