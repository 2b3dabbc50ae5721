/** Writes a report as one HTML page. */

import { escape as escapeMarkup } from "@std/html/entities";
import type { Chart, HtmlPart, HtmlReport, HtmlSection, HtmlTable } from "./html_report.ts";

/**
 * Writes a report as one self-contained HTML page: styles and charts are inside, nothing is loaded
 * from elsewhere and no script runs, which the page's own content security policy enforces. It
 * follows the reader's light or dark setting and prints well.
 *
 * Needs no permission; the charting library is loaded only when the report holds a chart.
 */
export async function htmlReport(report: HtmlReport): Promise<string> {
  const sections: string[] = [];
  for (const section of report.sections) sections.push(await sectionHtml(section));
  const generated = `${report.generatedAt.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  return [
    "<!doctype html>",
    '<html lang="en">',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escape(report.title)}</title>`,
    `<style>${styles}</style>`,
    "<main>",
    `<h1>${escape(report.title)}</h1>`,
    ...(report.summary === undefined ? [] : [`<p class="summary">${escape(report.summary)}</p>`]),
    ...sections,
    `<footer>Made by opsdeck, ${generated}</footer>`,
    "</main>",
    "</html>",
    "",
  ].join("\n");
}

async function sectionHtml(section: HtmlSection): Promise<string> {
  const parts: string[] = [];
  for (const part of section.parts) parts.push(await partHtml(part));
  return `<section>\n<h2>${escape(section.heading)}</h2>\n${parts.join("\n")}\n</section>`;
}

function partHtml(part: HtmlPart): string | Promise<string> {
  switch (part.kind) {
    case "text":
      return `<p>${escape(part.text)}</p>`;
    case "list":
      return wrap(
        "ul",
        part.items,
        ({ text, tone = "neutral" }) => `<li class="${tone}">${escape(text)}</li>`,
      );
    case "figures":
      return wrap(
        "dl",
        part.items,
        ({ label, value, tone = "neutral" }) =>
          `<div class="${tone}"><dt>${escape(label)}</dt><dd>${escape(value)}</dd></div>`,
      );
    case "table":
      return tableHtml(part);
    case "chart":
      return chartHtml(part);
  }
}

function wrap<T>(tag: string, items: readonly T[], itemHtml: (item: T) => string): string {
  return `<${tag}>\n${items.map(itemHtml).join("\n")}\n</${tag}>`;
}

function tableHtml({ columns, rows }: Omit<HtmlTable, "kind">): string {
  const classOf = (index: number) => columns[index]?.isNumber ? ' class="number"' : "";
  const head = columns.map(({ name }, index) =>
    `<th scope="col"${classOf(index)}>${escape(name)}</th>`
  );
  const body = rows.map((cells) =>
    `<tr>${cells.map((cell, index) => `<td${classOf(index)}>${escape(cell)}</td>`).join("")}</tr>`
  );
  return `<div class="wide"><table>\n<thead><tr>${head.join("")}</tr></thead>\n` +
    `<tbody>\n${body.join("\n")}\n</tbody>\n</table></div>`;
}

async function chartHtml(chart: Chart): Promise<string> {
  const { chartSvg } = await import("./chart_svg.ts");
  const numbers = tableHtml({
    columns: [{ name: "" }, ...chart.series.map(({ name }) => ({ name, isNumber: true }))],
    rows: chart.labels.map((label, index) => [
      label,
      ...chart.series.map(({ values }) => values[index]?.toLocaleString("en") ?? ""),
    ]),
  });
  return `<figure>\n<figcaption>${escape(chart.title)}</figcaption>\n${chartSvg(chart)}\n` +
    `<details><summary>The numbers</summary>\n${numbers}\n</details>\n</figure>`;
}

/** Control characters are not allowed in HTML; a name that carries one stays readable this way. */
function escape(text: string): string {
  // deno-lint-ignore no-control-regex
  return escapeMarkup(text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, "\ufffd"));
}

const styles = `
:root { color-scheme: light dark; --line: #8884; --good: #2f9e6e; --bad: #d6493f; --warning: #c98a12 }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif }
main { max-width: 62rem; margin: auto; padding: 1.5rem }
h1 { font-size: 1.6rem; margin: 0 } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem }
.summary { font-size: 1.1rem; margin: .3rem 0 }
dl { display: flex; flex-wrap: wrap; gap: .75rem; margin: .5rem 0 }
dl div { border: 1px solid var(--line); border-radius: .5rem; padding: .5rem .9rem; min-width: 7rem }
dt { font-size: .8rem; opacity: .75 } dd { margin: 0; font-size: 1.3rem; font-variant-numeric: tabular-nums }
.good dd, li.good::marker { color: var(--good) } .bad dd, li.bad::marker { color: var(--bad) }
.warning dd, li.warning::marker { color: var(--warning) }
.wide { overflow-x: auto } table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top }
td { overflow-wrap: anywhere } .number { text-align: right; font-variant-numeric: tabular-nums }
figure { margin: 1rem 0 } figcaption { font-weight: 600 } svg { width: 100%; height: auto }
summary { cursor: pointer; font-size: .85rem; opacity: .75 }
footer { margin-top: 2rem; font-size: .85rem; opacity: .75 }
@media print { details { display: none } }
`;
