import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "@std/assert";
import { type HtmlReport, htmlReport } from "../../../lib/core/html_report/mod.ts";

/** The charting library's last timer, of 16 ms, outlives the drawing. */
const withChart = { sanitizeOps: false, sanitizeResources: false };

const report: HtmlReport = {
  title: "Integrations <SAT> & PSAT",
  summary: "2 of 3 districts are well",
  generatedAt: new Date("2026-11-21T03:04:05Z"),
  sections: [{
    heading: "Rates",
    parts: [
      { kind: "text", text: 'O\'Brien said "5 < 6"\u0007' },
      { kind: "list", items: [{ text: "District 12 fails", tone: "bad" }, { text: "Fine" }] },
      { kind: "figures", items: [{ label: "Failed", value: "7", tone: "warning" }] },
      {
        kind: "table",
        columns: [{ name: "District" }, { name: "Failed", isNumber: true }],
        rows: [["<script>alert(1)</script>", "7"]],
      },
      {
        kind: "chart",
        shape: "bar",
        title: "Requests by day",
        labels: ["Mon", "</svg><script>x</script>", "Wed"],
        series: [
          { name: "completed", values: [5, null, 12_000], tone: "good" },
          { name: "failed & lost", values: [1, 2, 3] },
        ],
      },
    ],
  }],
};

Deno.test(
  "htmlReport() writes one page that loads nothing and runs no script",
  withChart,
  async () => {
    const page = await htmlReport(report);

    assertMatch(page, /^<!doctype html>\n<html lang="en">/);
    assertStringIncludes(page, "default-src 'none'");
    assertNotMatch(page, /<script|<link|<img|<iframe|@import|url\(|src=|href="http/i);
  },
);

Deno.test("htmlReport() shows hostile texts as they are, in charts too", withChart, async () => {
  const page = await htmlReport(report);

  assertStringIncludes(page, "<title>Integrations &lt;SAT&gt; &amp; PSAT</title>");
  assertStringIncludes(page, "<td>&lt;script&gt;alert(1)&lt;/script&gt;</td>");
  assertStringIncludes(page, "\ufffd");
  assert(!page.includes("\u0007"));
  assertEquals(page.match(/<\/svg>/g)?.length, 1);
});

Deno.test(
  "htmlReport() says when it was made, and repeats a chart's numbers in a table",
  withChart,
  async () => {
    const page = await htmlReport(report);

    assertStringIncludes(page, "Made by opsdeck, 2026-11-21 03:04 UTC");
    assertStringIncludes(
      page,
      '<td>Wed</td><td class="number">12,000</td><td class="number">3</td>',
    );
  },
);

Deno.test(
  "htmlReport() follows light and dark: a chart's text takes the page's colour",
  withChart,
  async () => {
    const page = await htmlReport(report);

    assertMatch(page, /<text[^>]*fill="currentColor"/);
    assertNotMatch(page, /<text[^>]*fill="#/);
  },
);
