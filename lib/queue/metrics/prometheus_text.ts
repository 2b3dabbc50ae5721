/**
 * The text format of Prometheus, version 0.0.4.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */

/** One value of a metric. */
export interface MetricSample {
  /** The value. */
  value: number;
  /** Labels by name. */
  labels?: Readonly<Record<string, string>>;
}

/** A metric with all its values. */
export interface MetricFamily {
  /** Its name, such as `opsdeck_queue_records`. */
  name: string;
  /** What it counts, in a line. */
  help: string;
  /** A counter only grows; a gauge goes up and down. */
  type: "counter" | "gauge";
  /** Its values. */
  samples: readonly MetricSample[];
}

/** The media type of the format. */
export const prometheusContentType = "text/plain; version=0.0.4; charset=utf-8";

/** Writes metrics with their `HELP` and `TYPE` lines; every line ends in a newline. */
export function prometheusText(families: readonly MetricFamily[]): string {
  return families.map(({ name, help, type, samples }) => {
    const lines = samples.map(({ value, labels = {} }) =>
      `${name}${labelsText(labels)} ${valueText(value)}\n`
    );
    return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n${lines.join("")}`;
  }).join("");
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}

function valueText(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}
