/** When something is wrong (reference: downloads, Default Alert Conditions). */

import { countOf } from "../../core/command_line/mod.ts";
import { ConfigManager, readSettings } from "../../core/mod.ts";
import type { SystemMetrics } from "./system_metrics.ts";

/** When an alert is raised. */
export interface AlertThresholds {
  /** More failures than this share of the finished downloads, in percent. Defaults to 20. */
  failureRatePercent: number;
  /** Less free room than this, in GiB. Defaults to 1. */
  minFreeDiskGb: number;
  /** More pending downloads than this. Defaults to 100. */
  maxPending: number;
  /** As many critical errors in 24 hours as this. Defaults to 1. */
  criticalErrors: number;
}

/** The thresholds of the reference. */
export const defaultAlertThresholds: Readonly<AlertThresholds> = {
  failureRatePercent: 20,
  minFreeDiskGb: 1,
  maxPending: 100,
  criticalErrors: 1,
};

/** An alert that is raised. */
export interface Alert {
  /** What it is about. */
  type: "high_failure_rate" | "low_disk_space" | "stuck_downloads" | "critical_errors";
  /** How bad it is: `CRITICAL` when downloads cannot go on. */
  severity: "WARNING" | "CRITICAL";
  /** What is the matter, in a line, with the numbers. */
  message: string;
  /** The number that was found. */
  value: number;
  /** The number that it was compared with. */
  threshold: number;
}

/**
 * Reads the thresholds: `ALERT_FAILURE_RATE_PERCENT`, `ALERT_MIN_FREE_DISK_GB`, `ALERT_MAX_PENDING`
 * and `ALERT_CRITICAL_ERRORS` of the flow `downloads`
 * (`DEVELOPMENT_DOWNLOADS_ALERT_MAX_PENDING=1000`).
 *
 * @throws ConfigurationError when one is no number or out of range; all problems at once.
 */
export function alertThresholdSettings(
  config: ConfigManager = new ConfigManager("downloads"),
): AlertThresholds {
  const defaults = defaultAlertThresholds;
  const number = (key: string, value: number, limits: { min: number; max?: number }) => () =>
    config.getVariable(key, value, limits);
  return readSettings({
    failureRatePercent: number("alert_failure_rate_percent", defaults.failureRatePercent, {
      min: 0,
      max: 100,
    }),
    minFreeDiskGb: number("alert_min_free_disk_gb", defaults.minFreeDiskGb, { min: 0 }),
    maxPending: number("alert_max_pending", defaults.maxPending, { min: 0 }),
    criticalErrors: number("alert_critical_errors", defaults.criticalErrors, { min: 1 }),
  });
}

/** Gives the alerts that metrics raise, critical ones first. */
export function alertsOf(metrics: SystemMetrics, thresholds: AlertThresholds): Alert[] {
  const { error_rate, disk_free_gb, pending_downloads, critical_errors } = metrics;
  const alerts: Alert[] = [];
  if (critical_errors >= thresholds.criticalErrors) {
    alerts.push({
      type: "critical_errors",
      severity: "CRITICAL",
      message: `${critical_errors} critical ${critical_errors === 1 ? "error" : "errors"} in the ` +
        "last 24 hours",
      value: critical_errors,
      threshold: thresholds.criticalErrors,
    });
  }
  if (disk_free_gb !== null && disk_free_gb < thresholds.minFreeDiskGb) {
    alerts.push({
      type: "low_disk_space",
      severity: "CRITICAL",
      message: `${disk_free_gb} GiB are free, less than ${thresholds.minFreeDiskGb} GiB`,
      value: disk_free_gb,
      threshold: thresholds.minFreeDiskGb,
    });
  }
  if (error_rate > thresholds.failureRatePercent) {
    alerts.push({
      type: "high_failure_rate",
      severity: "WARNING",
      message: `${error_rate} % of the finished downloads failed, more than ` +
        `${thresholds.failureRatePercent} %`,
      value: error_rate,
      threshold: thresholds.failureRatePercent,
    });
  }
  if (pending_downloads > thresholds.maxPending) {
    alerts.push({
      type: "stuck_downloads",
      severity: "WARNING",
      message: `${
        countOf(pending_downloads, "download is", "downloads are")
      } pending, more than ${thresholds.maxPending}`,
      value: pending_downloads,
      threshold: thresholds.maxPending,
    });
  }
  return alerts;
}
