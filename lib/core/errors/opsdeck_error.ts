/** The root of opsdeck's errors and the words that classify them. */

/** What kind of trouble an error is (reference: downloads, `ErrorCategory`). */
export const ErrorCategory = {
  NETWORK: "NETWORK",
  FILE_IO: "FILE_IO",
  VALIDATION: "VALIDATION",
  PERMISSION: "PERMISSION",
  QUOTA: "QUOTA",
  RATE_LIMIT: "RATE_LIMIT",
  SYSTEM: "SYSTEM",
  DATA_CORRUPTION: "DATA_CORRUPTION",
} as const;

/** One of the values of {@link ErrorCategory}. */
export type ErrorCategory = typeof ErrorCategory[keyof typeof ErrorCategory];

/** How bad an error is (reference: downloads, `ErrorSeverity`). */
export const ErrorSeverity = {
  INFO: "INFO",
  WARNING: "WARNING",
  ERROR: "ERROR",
  CRITICAL: "CRITICAL",
} as const;

/** One of the values of {@link ErrorSeverity}. */
export type ErrorSeverity = typeof ErrorSeverity[keyof typeof ErrorSeverity];

/** The exit codes that every script keeps. */
export const ExitCode = {
  /** The job was done. */
  success: 0,
  /** The operation failed, wholly or in part, or the arguments were wrong. */
  failure: 1,
  /** Configuration is missing or invalid, a login was refused, or a Deno permission is missing. */
  configuration: 2,
  /** A local cache or state database cannot be opened or is corrupt. */
  localStore: 3,
  /** A network service cannot be reached. */
  network: 4,
  /** Stopped by SIGINT after draining. */
  interrupted: 130,
  /** Stopped by SIGTERM after draining. */
  terminated: 143,
} as const;

/** What an error carries for the program that catches it; every field has a default. */
export interface OpsdeckErrorOptions {
  /** A stable word in capitals that callers decide on, such as `DATABASE_CONNECTION`. */
  code?: string;
  /** Defaults to `SYSTEM`, or to the class's own category. */
  category?: ErrorCategory;
  /** Defaults to `ERROR`. */
  severity?: ErrorSeverity;
  /** Whether trying again can help. Defaults to false, or to the class's own answer. */
  retryable?: boolean;
  /** How long to wait before trying again, in milliseconds, when the other side said so. */
  retryAfterMs?: number;
  /** The exit code of a script that ends with this error. Defaults to 1, or to the class's own. */
  exitCode?: number;
  /** What was at hand: record, flow, file, row. Never a secret. */
  context?: Record<string, unknown>;
  /** The error underneath. */
  cause?: unknown;
}

/** The root of every error that opsdeck throws on purpose. Its message is one line for a person. */
export class OpsdeckError extends Error {
  /** The class's name. */
  override readonly name: string = "OpsdeckError";
  /** A stable word in capitals that callers decide on. */
  readonly code: string;
  /** What kind of trouble this is. */
  readonly category: ErrorCategory;
  /** How bad it is. */
  readonly severity: ErrorSeverity;
  /** Whether trying again can help. */
  readonly retryable: boolean;
  /** How long to wait before trying again, in milliseconds, when the other side said so. */
  readonly retryAfterMs: number | undefined;
  /** The exit code of a script that ends with this error. */
  readonly exitCode: number;
  /** What was at hand: record, flow, file, row. */
  readonly context: Record<string, unknown>;

  /** Makes an error with a message for a person and fields for a program. */
  constructor(message: string, options: OpsdeckErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code ?? "FAILED";
    this.category = options.category ?? ErrorCategory.SYSTEM;
    this.severity = options.severity ?? ErrorSeverity.ERROR;
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs;
    this.exitCode = options.exitCode ?? ExitCode.failure;
    this.context = options.context ?? {};
  }
}
