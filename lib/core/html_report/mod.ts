/** Reports as self-contained HTML pages, with charts. */

export { htmlReport } from "./html_page.ts";
export type { Chart, HtmlPart, HtmlReport, HtmlSection, HtmlTable, Tone } from "./html_report.ts";
