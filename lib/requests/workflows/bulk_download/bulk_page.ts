/** The summary of a bulk download as one HTML page. */

import { countOf, formatCount } from "../../../core/command_line/mod.ts";
import { format as formatBytes } from "@std/fmt/bytes";
import { type HtmlPart, htmlReport } from "../../../core/html_report/mod.ts";
import type { BulkDownloadReport, DownloadCounts } from "./bulk_report.ts";

/** The most files that the page lists; failures are listed without a limit. */
const maxFilesShown = 1000;

/** Writes the report as one self-contained page. */
export async function bulkDownloadPage(report: BulkDownloadReport): Promise<string> {
  const { totals } = report;
  return await htmlReport({
    title: `Bulk download ${report.run_id ?? ""}`.trim(),
    summary: `${report.type_names.join(", ")} of ` +
      `${
        report.district_ids === null ? "all districts" : districts(report.district_ids.length)
      }: ` +
      `${countOf(totals.requests, "request")}, ${formatCount(totals.failed)} failed`,
    generatedAt: new Date(report.generated_at),
    sections: [
      {
        heading: "Summary",
        parts: [
          figures(totals),
          { kind: "text", text: `The files are in ${report.local_dir}` },
          ...notices(report),
        ],
      },
      { heading: "By type", parts: typeParts(report) },
      { heading: "Failures", parts: failureParts(report) },
      { heading: "Files", parts: fileParts(report) },
    ],
  });
}

function figures(totals: DownloadCounts): HtmlPart {
  return {
    kind: "figures",
    items: [
      { label: "Requests", value: formatCount(totals.requests) },
      { label: "Downloaded", value: formatCount(totals.downloaded), tone: "good" },
      { label: "There already", value: formatCount(totals.skipped) },
      {
        label: "Failed",
        value: formatCount(totals.failed),
        tone: totals.failed > 0 ? "bad" : "good",
      },
      { label: "Size", value: formatBytes(totals.bytes) },
    ],
  };
}

function notices(report: BulkDownloadReport): HtmlPart[] {
  const { unknown_types: types, districts_without_requests: ids } = report;
  return [
    ...types.map((name) => ({ kind: "text", text: `No type begins with ${name}` } as const)),
    ...ids.length === 0
      ? []
      : [{ kind: "text", text: `Districts without requests: ${ids.join(", ")}` } as const],
  ];
}

function typeParts({ by_type: types }: BulkDownloadReport): HtmlPart[] {
  if (types.length === 0) return [{ kind: "text", text: "No request was found" }];
  const names = types.map(({ DataRequestTypeName }) => DataRequestTypeName);
  return [
    {
      kind: "chart",
      shape: "bar",
      title: "Files by type",
      labels: names,
      series: [
        { name: "downloaded", tone: "good", values: types.map(({ downloaded }) => downloaded) },
        { name: "there already", tone: "neutral", values: types.map(({ skipped }) => skipped) },
        { name: "failed", tone: "bad", values: types.map(({ failed }) => failed) },
      ],
    },
    {
      kind: "table",
      columns: [
        { name: "Type" },
        ...["Requests", "Downloaded", "There already", "Failed", "Size"]
          .map((name) => ({ name, isNumber: true })),
      ],
      rows: types.map((type) => [
        type.DataRequestTypeName,
        formatCount(type.requests),
        formatCount(type.downloaded),
        formatCount(type.skipped),
        formatCount(type.failed),
        formatBytes(type.bytes),
      ]),
    },
  ];
}

function failureParts({ failures, failure_reasons: reasons }: BulkDownloadReport): HtmlPart[] {
  if (failures.length === 0) return [{ kind: "text", text: "Nothing failed" }];
  return [
    {
      kind: "table",
      columns: [{ name: "Reason" }, { name: "Requests", isNumber: true }],
      rows: Object.entries(reasons).map(([code, count]) => [code, formatCount(count)]),
    },
    {
      kind: "table",
      columns: ["Request", "District", "Type", "Why"].map((name) => ({ name })),
      rows: failures.map((failure) => [
        String(failure.RequestID),
        String(failure.DistrictID),
        failure.DataRequestTypeName,
        failure.error,
      ]),
    },
  ];
}

function fileParts({ outcomes }: BulkDownloadReport): HtmlPart[] {
  const files = outcomes.filter(({ status }) => status !== "failed");
  if (files.length === 0) return [{ kind: "text", text: "There are none" }];
  const table: HtmlPart = {
    kind: "table",
    columns: [
      { name: "Request" },
      { name: "District" },
      { name: "File" },
      { name: "Size", isNumber: true },
      { name: "Status" },
    ],
    rows: files.slice(0, maxFilesShown).map((file) => [
      String(file.RequestID),
      String(file.DistrictID ?? ""),
      file.target ?? "",
      formatBytes(file.bytes ?? 0),
      file.status === "skipped" ? "there already" : file.status,
    ]),
  };
  const left = files.length - maxFilesShown;
  if (left <= 0) return [table];
  return [table, {
    kind: "text",
    text: `and ${formatCount(left)} more, which the JSON report has`,
  }];
}

function districts(count: number): string {
  return count === 1 ? "1 district" : `${formatCount(count)} districts`;
}
