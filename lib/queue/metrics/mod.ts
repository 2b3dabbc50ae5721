/** The queue's numbers for machines, in the text format of Prometheus. */

export { type ListenAddress, metricsPermissions, parseListenAddress } from "./listen_address.ts";
export { type MetricFamily, type MetricSample, prometheusText } from "./prometheus_text.ts";
export { queueMetricFamilies } from "./queue_families.ts";
export { type FlowMetrics, type QueueMetrics, readQueueMetrics } from "./read_metrics.ts";
export {
  type ServedScrapes,
  type ServeMetricsOptions,
  serveQueueMetrics,
} from "./serve_metrics.ts";
