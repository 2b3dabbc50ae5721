/** What an HTML report is made of; `htmlReport` makes the page. */

/** A report: one page that loads nothing from elsewhere and can be mailed or archived as it is. */
export interface HtmlReport {
  /** What the report is about; the page's title and first heading. */
  title: string;
  /** One sentence under the title: the state in short. */
  summary?: string;
  /** When it was made; shown in UTC. */
  generatedAt: Date;
  /** The sections, in the order of the page. */
  sections: readonly HtmlSection[];
}

/** A heading and what stands under it. */
export interface HtmlSection {
  /** The heading. */
  heading: string;
  /** The parts, from top to bottom. */
  parts: readonly HtmlPart[];
}

/** How something is to be taken; it colours the part. */
export type Tone = "good" | "bad" | "warning" | "neutral";

/** One part of a section. All texts are plain text; what looks like markup is shown as it is. */
export type HtmlPart =
  | { kind: "text"; text: string }
  | { kind: "list"; items: readonly { text: string; tone?: Tone }[] }
  | { kind: "figures"; items: readonly { label: string; value: string; tone?: Tone }[] }
  | HtmlTable
  | Chart;

/** A table with a head. */
export interface HtmlTable {
  /** Tells it from the other parts. */
  kind: "table";
  /** The head; columns of numbers are aligned to the right. */
  columns: readonly { name: string; isNumber?: boolean }[];
  /** The cells, as many a row as there are columns. */
  rows: readonly (readonly string[])[];
}

/** A chart, drawn as SVG, with its numbers in a table that can be unfolded. */
export interface Chart {
  /** Tells it from the other parts. */
  kind: "chart";
  /** `line` for a course of time, `bar` for a comparison. */
  shape: "line" | "bar";
  /** What it shows, with the unit of the values. */
  title: string;
  /** The names along the horizontal axis. */
  labels: readonly string[];
  /** The values, one a label; `null` is a gap. Bars of several series are stacked. */
  series: readonly { name: string; values: readonly (number | null)[]; tone?: Tone }[];
}
