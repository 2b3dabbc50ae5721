/** The error classes, each named for what the caller must do about it. */

import {
  ErrorCategory,
  ExitCode,
  OpsdeckError,
  type OpsdeckErrorOptions,
} from "./opsdeck_error.ts";

/** Something failed that may succeed when tried again (reference: requests). */
export class RetryableError extends OpsdeckError {
  /** The class's name. */
  override readonly name: string = "RetryableError";
  /** Makes a retryable error. */
  constructor(message: string, options: OpsdeckErrorOptions = {}) {
    super(message, { code: "RETRYABLE", retryable: true, ...options });
  }
}

/** A database cannot be reached, or the connection was lost. Exit code 4. */
export class DatabaseConnectionError extends RetryableError {
  /** The class's name. */
  override readonly name: string = "DatabaseConnectionError";
  /** Makes a database connection error. */
  constructor(message: string, options: OpsdeckErrorOptions = {}) {
    super(message, {
      code: "DATABASE_CONNECTION",
      category: ErrorCategory.NETWORK,
      exitCode: ExitCode.network,
      ...options,
    });
  }
}

/** An SFTP server cannot be reached, or the connection was lost. Exit code 4. */
export class SFTPConnectionError extends RetryableError {
  /** The class's name. */
  override readonly name: string = "SFTPConnectionError";
  /** Makes an SFTP connection error. */
  constructor(message: string, options: OpsdeckErrorOptions = {}) {
    super(message, {
      code: "SFTP_CONNECTION",
      category: ErrorCategory.NETWORK,
      exitCode: ExitCode.network,
      ...options,
    });
  }
}

/** A network service other than a database or SFTP server failed or timed out. Exit code 4. */
export class NetworkError extends RetryableError {
  /** The class's name. */
  override readonly name: string = "NetworkError";
  /** Makes a network error. */
  constructor(message: string, options: OpsdeckErrorOptions = {}) {
    super(message, {
      code: "NETWORK",
      category: ErrorCategory.NETWORK,
      exitCode: ExitCode.network,
      ...options,
    });
  }
}

/** A service asked for fewer requests; `retryAfterMs` carries the wait that it named. */
export class RateLimitError extends RetryableError {
  /** The class's name. */
  override readonly name: string = "RateLimitError";
  /** Makes a rate-limit error. */
  constructor(message: string, options: OpsdeckErrorOptions = {}) {
    super(message, { code: "RATE_LIMIT", category: ErrorCategory.RATE_LIMIT, ...options });
  }
}

/** A file could not be read, written, moved or verified. */
export class FileOperationError extends OpsdeckError {
  /** The class's name. */
  override readonly name: string = "FileOperationError";
  /** Makes a file operation error. */
  constructor(message: string, options: OpsdeckErrorOptions = {}) {
    super(message, { code: "FILE_OPERATION", category: ErrorCategory.FILE_IO, ...options });
  }
}

/** Configuration is missing or invalid, or a login was refused. Exit code 2. */
export class ConfigurationError extends OpsdeckError {
  /** The class's name. */
  override readonly name: string = "ConfigurationError";
  /** Makes a configuration error. */
  constructor(message: string, options: OpsdeckErrorOptions = {}) {
    super(message, {
      code: "CONFIGURATION",
      category: ErrorCategory.VALIDATION,
      exitCode: ExitCode.configuration,
      ...options,
    });
  }
}

/** An argument, a record or a file's content is not acceptable. Exit code 1. */
export class ValidationError extends OpsdeckError {
  /** The class's name. */
  override readonly name: string = "ValidationError";
  /** Makes a validation error. */
  constructor(message: string, options: OpsdeckErrorOptions = {}) {
    super(message, { code: "VALIDATION", category: ErrorCategory.VALIDATION, ...options });
  }
}

/** A local cache or state database cannot be opened or is corrupt. Exit code 3. */
export class CacheDatabaseError extends OpsdeckError {
  /** The class's name. */
  override readonly name: string = "CacheDatabaseError";
  /** Makes a cache database error. */
  constructor(message: string, options: OpsdeckErrorOptions = {}) {
    super(message, {
      code: "CACHE_DATABASE",
      category: ErrorCategory.DATA_CORRUPTION,
      exitCode: ExitCode.localStore,
      ...options,
    });
  }
}

/** The record belongs to another claim by now, so nothing was changed. */
export class StaleClaimError extends OpsdeckError {
  /** The class's name. */
  override readonly name: string = "StaleClaimError";
  /** Makes a stale claim error. */
  constructor(message: string, options: OpsdeckErrorOptions = {}) {
    super(message, { code: "STALE_CLAIM", ...options });
  }
}

/** A health check found the system unfit to start. Its `context` carries the report. */
export class HealthCheckError extends OpsdeckError {
  /** The class's name. */
  override readonly name: string = "HealthCheckError";
  /** Makes a health check error. */
  constructor(message: string, options: OpsdeckErrorOptions = {}) {
    super(message, { code: "HEALTH_CHECK", ...options });
  }
}
