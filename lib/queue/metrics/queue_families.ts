/** The queue's numbers as metrics. */

import type { MetricFamily, MetricSample } from "./prometheus_text.ts";
import { type FlowMetrics, type QueueMetrics, throughputWindowSeconds } from "./read_metrics.ts";

/**
 * Gives the metrics of the queue; without numbers, only that they could not be read
 * (`opsdeck_queue_scrape_success 0`).
 */
export function queueMetricFamilies(metrics: QueueMetrics | undefined): MetricFamily[] {
  const success: MetricFamily = {
    name: "opsdeck_queue_scrape_success",
    help: "Whether the queue's numbers could be read",
    type: "gauge",
    samples: [{ value: metrics === undefined ? 0 : 1 }],
  };
  if (metrics === undefined) return [success];
  const { flows } = metrics;
  const byFlow = (value: (flow: FlowMetrics) => number): MetricSample[] =>
    flows.map((flow) => ({ value: value(flow), labels: { flow: flow.flow_name } }));
  return [
    {
      name: "opsdeck_queue_records",
      help: "Records in the queue's table",
      type: "gauge",
      samples: flows.flatMap((flow) =>
        (["pending", "processing", "completed", "failed"] as const).map((status) => ({
          value: flow[status],
          labels: { flow: flow.flow_name, status },
        }))
      ),
    },
    {
      name: "opsdeck_queue_archived_records",
      help: "Records in the archive",
      type: "gauge",
      samples: flows.flatMap((flow) =>
        (["completed", "failed"] as const).map((status) => ({
          value: flow[`archived_${status}`],
          labels: { flow: flow.flow_name, status },
        }))
      ),
    },
    {
      name: "opsdeck_queue_oldest_pending_age_seconds",
      help: "How long the oldest pending record could have been claimed; 0 when none waits",
      type: "gauge",
      samples: byFlow((flow) => flow.oldest_pending_age_seconds),
    },
    {
      name: "opsdeck_queue_completed_total",
      help: "Records completed, archived and purged ones included",
      type: "counter",
      samples: byFlow((flow) => flow.completed_total),
    },
    {
      name: "opsdeck_queue_failures_total",
      help: "Attempts that failed or whose worker died, those of archived and purged ones included",
      type: "counter",
      samples: byFlow((flow) => flow.failures_total),
    },
    {
      name: "opsdeck_queue_throughput_records_per_second",
      help: "Records completed a second over the last 5 minutes",
      type: "gauge",
      samples: byFlow((flow) => flow.completed_recently / throughputWindowSeconds),
    },
    {
      name: "opsdeck_queue_orphans",
      help: "Records processing past the timeout without a sign of life",
      type: "gauge",
      samples: byFlow((flow) => flow.orphans),
    },
    success,
    {
      name: "opsdeck_queue_scrape_duration_seconds",
      help: "How long it took to read the queue's numbers",
      type: "gauge",
      samples: [{ value: metrics.duration_seconds }],
    },
  ];
}
