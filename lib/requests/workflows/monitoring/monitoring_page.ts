/** The report on integrations as one HTML page with charts. */

import { countOf, formatCount } from "../../../core/command_line/mod.ts";
import { type Chart, type HtmlPart, htmlReport } from "../../../core/html_report/mod.ts";
import type { DistrictRates, IntegrationReport, RequestRates } from "./integration_report.ts";
import { rateText, reasonsText, timeText } from "./rate_text.ts";

/** The most districts in the table of all; those with issues are listed without a limit. */
const maxDistrictsShown = 1000;

const dayMs = 86_400_000;
const longestChartDays = 400;

/** Writes the report as one self-contained page. Times are in UTC. */
export async function integrationReportPage(report: IntegrationReport): Promise<string> {
  const { totals, issues, by_type: types, by_district: districts } = report;
  const withIssues = new Set(issues.map(({ DistrictID }) => DistrictID)).size;
  return await htmlReport({
    title: `Integrations ${report.integration_types.join(", ")}`,
    summary: `${timeText(report.since)} to ${timeText(report.until)} UTC: ` +
      `${countOf(totals.total, "request")}, ${formatCount(totals.failed)} failed, ` +
      `${countOf(withIssues, "district")} with issues`,
    generatedAt: new Date(report.until),
    sections: [
      { heading: "Rates", parts: [figures(totals, withIssues), ...unknownTypes(report)] },
      { heading: "By day", parts: dayCharts(report) },
      {
        heading: "By type",
        parts: [
          ...(types.length === 0 ? [] : [typeChart(report)]),
          ratesTable("Type", types.map((type) => [type.DataRequestTypeName, type])),
        ],
      },
      { heading: "Districts with issues", parts: [issuesPart(report)] },
      { heading: "All districts", parts: districtParts(districts) },
    ],
  });
}

function figures(totals: RequestRates, withIssues: number): HtmlPart {
  const failedTone = totals.failed > 0 ? "bad" : "good";
  return {
    kind: "figures",
    items: [
      { label: "Requests", value: formatCount(totals.total) },
      { label: "Success rate", value: rateText(totals.success_rate) },
      { label: "Failure rate", value: rateText(totals.failure_rate), tone: failedTone },
      { label: "Unfinished", value: formatCount(totals.unfinished) },
      {
        label: "Districts with issues",
        value: formatCount(withIssues),
        tone: withIssues > 0 ? "warning" : "good",
      },
    ],
  };
}

function unknownTypes({ unknown_types: unknown }: IntegrationReport): HtmlPart[] {
  return unknown.map((name) => ({ kind: "text", text: `No type begins with ${name}` }));
}

function dayCharts(report: IntegrationReport): HtmlPart[] {
  const days = daysOf(report);
  const rows = new Map(report.by_day.map((row) => [`${row.DataRequestTypeID} ${row.day}`, row]));
  const sum = (day: string, field: "completed" | "failed" | "unfinished" | "cancelled") =>
    report.by_type.reduce(
      (total, type) => total + (rows.get(`${type.DataRequestTypeID} ${day}`)?.[field] ?? 0),
      0,
    );
  const outcomes: Chart = {
    kind: "chart",
    shape: "bar",
    title: "Requests a day, by what became of them",
    labels: days,
    series: [
      { name: "completed", tone: "good", values: days.map((day) => sum(day, "completed")) },
      { name: "failed", tone: "bad", values: days.map((day) => sum(day, "failed")) },
      { name: "cancelled", tone: "warning", values: days.map((day) => sum(day, "cancelled")) },
      { name: "unfinished", tone: "neutral", values: days.map((day) => sum(day, "unfinished")) },
    ],
  };
  const rates: Chart = {
    kind: "chart",
    shape: "line",
    title: "Failure rate a day, by type, in percent",
    labels: days,
    series: report.by_type.map((type) => ({
      name: type.DataRequestTypeName,
      values: days.map((day) => {
        const rate = rows.get(`${type.DataRequestTypeID} ${day}`)?.failure_rate ?? null;
        return rate === null ? null : Math.round(rate * 1000) / 10;
      }),
    })),
  };
  return report.by_type.length === 0
    ? [{ kind: "text", text: "No requests in this time" }]
    : [outcomes, rates];
}

/** Every day of the time, those without requests too, unless these would be too many to draw. */
function daysOf({ since, until, by_day: rows }: IntegrationReport): string[] {
  const days = new Set(rows.map(({ day }) => day));
  const first = Date.parse(since.slice(0, 10));
  const last = Date.parse(until.slice(0, 10));
  if ((last - first) / dayMs <= longestChartDays) {
    for (let at = first; at <= last; at += dayMs) days.add(new Date(at).toISOString().slice(0, 10));
  }
  return [...days].sort();
}

function typeChart({ by_type: types }: IntegrationReport): Chart {
  return {
    kind: "chart",
    shape: "bar",
    title: "Requests by type",
    labels: types.map(({ DataRequestTypeName }) => DataRequestTypeName),
    series: [
      { name: "completed", tone: "good", values: types.map(({ completed }) => completed) },
      { name: "failed", tone: "bad", values: types.map(({ failed }) => failed) },
    ],
  };
}

function ratesTable(name: string, rows: readonly [name: string, rates: RequestRates][]): HtmlPart {
  const numbers = ["Requests", "Completed", "Failed", "Cancelled", "Unfinished"];
  return {
    kind: "table",
    columns: [
      { name },
      ...[...numbers, "Success", "Failure"].map((name) => ({ name, isNumber: true })),
    ],
    rows: rows.map(([name, rates]) => [
      name,
      ...[rates.total, rates.completed, rates.failed, rates.cancelled, rates.unfinished]
        .map((number) => formatCount(number)),
      rateText(rates.success_rate),
      rateText(rates.failure_rate),
    ]),
  };
}

function issuesPart({ issues }: IntegrationReport): HtmlPart {
  if (issues.length === 0) return { kind: "text", text: "No district has an issue" };
  return {
    kind: "table",
    columns: [
      { name: "District" },
      { name: "Type" },
      { name: "Failed", isNumber: true },
      { name: "Completed", isNumber: true },
      { name: "Failure", isNumber: true },
      { name: "Last failed" },
      { name: "Last completed" },
      { name: "Why" },
    ],
    rows: issues.map((issue) => [
      String(issue.DistrictID),
      issue.DataRequestTypeName,
      formatCount(issue.failed),
      formatCount(issue.completed),
      rateText(issue.failure_rate),
      timeText(issue.last_failed),
      timeText(issue.last_completed),
      reasonsText(issue),
    ]),
  };
}

function districtParts(districts: readonly DistrictRates[]): HtmlPart[] {
  const shown = districts.slice(0, maxDistrictsShown);
  const table = ratesTable(
    "District and type",
    shown.map((row) => [`${row.DistrictID}, ${row.DataRequestTypeName}`, row]),
  );
  const left = districts.length - shown.length;
  if (left <= 0) return [table];
  return [table, { kind: "text", text: `and ${left} more, which the JSON report has` }];
}
