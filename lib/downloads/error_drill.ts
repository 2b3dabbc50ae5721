/** A drill of the error handling: made-up failures, and what is done about each. */

import { formatDuration, textTable } from "../core/command_line/mod.ts";
import {
  ErrorCategory,
  ErrorHandler,
  FileOperationError,
  NetworkError,
  OpsdeckError,
  RateLimitError,
  ValidationError,
} from "../core/mod.ts";
import { classifyDrivePage, classifyYtdlpFailure } from "./failures/mod.ts";

/** One failure of the drill. */
export interface DrilledError {
  /** What was made up. */
  failure: string;
  /** What kind of trouble it was taken for. */
  category: ErrorCategory;
  /** How bad it was taken to be. */
  severity: string;
  /** Whether it is tried again after the first attempt. */
  retried: boolean;
  /** The waits before the second and the third attempt, in seconds; empty when it is not. */
  retry_delays_seconds: number[];
  /** Whether that is as the reference has it. */
  passed: boolean;
  /** What was expected, where it is not. */
  expected: string | null;
}

/** What {@link drillErrorHandling} gives. */
export interface ErrorDrill {
  /** Whether every failure was handled as expected. */
  passed: boolean;
  /** The failures. */
  errors: DrilledError[];
}

interface Case {
  failure: string;
  error: unknown;
  category: ErrorCategory;
  retried: boolean;
}

const url = "https://example.org/video";
const { NETWORK, FILE_IO, VALIDATION, PERMISSION, QUOTA, RATE_LIMIT, SYSTEM, DATA_CORRUPTION } =
  ErrorCategory;

/**
 * Handles one failure of every category, and some that yt-dlp and Drive report, and compares what
 * would be done with the reference's rules. It touches neither files nor the network.
 */
export function drillErrorHandling(handler: ErrorHandler = new ErrorHandler()): ErrorDrill {
  const errors = cases().map(({ failure, error, category, retried }) => {
    const context = handler.handleError(error, { row_id: "drill", url });
    const isRetried = handler.shouldRetry(context, 1);
    const isSpent = !handler.shouldRetry(context, 3);
    const delays = [1, 2].map((attempt) => handler.getRetryDelay(context, attempt));
    const passed = context.category === category && isRetried === retried && isSpent &&
      context.url === url && context.row_id === "drill";
    return {
      failure,
      category: context.category,
      severity: context.severity,
      retried: isRetried,
      retry_delays_seconds: isRetried ? delays.map((ms) => ms / 1000) : [],
      passed,
      expected: passed ? null : `${category}, ${retried ? "retried" : "not retried"}`,
    };
  });
  return { passed: errors.every(({ passed }) => passed), errors };
}

/** Writes a drill for people. */
export function errorDrillText({ passed, errors }: ErrorDrill): string {
  const table = textTable(
    ["failure", "category", "severity", "tried again", "as expected"],
    errors.map((one) => [
      one.failure,
      one.category,
      one.severity,
      one.retried
        ? `after ${one.retry_delays_seconds.map((s) => formatDuration(s * 1000)).join(" and ")}`
        : "no",
      one.expected === null ? "yes" : `no: ${one.expected}`,
    ]),
  );
  return `${table}\n\nError handling ${passed ? "works" : "does not work"} as documented`;
}

function cases(): Case[] {
  const corrupt = { category: DATA_CORRUPTION };
  const quota = { title: "Google Drive - Quota exceeded", captions: "", html: "" };
  const ytdlp = (line: string) =>
    classifyYtdlpFailure(url, { exitCode: 1, signal: null, stderr: `ERROR: ${line}`, version: "" });
  return [
    { failure: "connection refused", error: refused(), category: NETWORK, retried: true },
    { failure: "network error", error: new NetworkError("x"), category: NETWORK, retried: true },
    { failure: "429", error: new RateLimitError("x"), category: RATE_LIMIT, retried: true },
    {
      failure: "busy file",
      error: new FileOperationError("x"),
      category: FILE_IO,
      retried: true,
    },
    { failure: "full disk", error: fullDisk(), category: SYSTEM, retried: false },
    {
      failure: "permission denied",
      error: new Deno.errors.PermissionDenied("x"),
      category: PERMISSION,
      retried: false,
    },
    {
      failure: "malformed address",
      error: new ValidationError("x"),
      category: VALIDATION,
      retried: false,
    },
    {
      failure: "changed personality type",
      error: new ValidationError("x", corrupt),
      category: DATA_CORRUPTION,
      retried: false,
    },
    { failure: "system error", error: new OpsdeckError("x"), category: SYSTEM, retried: true },
    {
      failure: "Drive's quota page",
      error: classifyDrivePage(url, 200, quota),
      category: QUOTA,
      retried: false,
    },
    {
      failure: "yt-dlp: HTTP Error 503",
      error: ytdlp("[generic] Unable to download webpage: HTTP Error 503: Service Unavailable"),
      category: NETWORK,
      retried: true,
    },
    {
      failure: "yt-dlp: HTTP Error 429",
      error: ytdlp("[generic] Unable to download webpage: HTTP Error 429: Too Many Requests"),
      category: RATE_LIMIT,
      retried: true,
    },
    {
      failure: "yt-dlp: private video",
      error: ytdlp("[youtube] abc: Private video. Sign in if you've been granted access"),
      category: PERMISSION,
      retried: false,
    },
  ];
}

function refused(): Error {
  return new Deno.errors.ConnectionRefused("Connection refused (os error 111)");
}

function fullDisk(): Error {
  return Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" });
}
