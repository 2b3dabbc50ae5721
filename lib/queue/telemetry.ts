/**
 * Spans and metrics of the worker, by the messaging conventions of OpenTelemetry. Deno exports them
 * with `OTEL_DENO=true`; without that, or another SDK, each function here is one comparison.
 * https://opentelemetry.io/docs/specs/semconv/messaging/
 */

import {
  type Attributes,
  type Counter,
  type Histogram,
  metrics,
  ProxyTracerProvider,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from "@opentelemetry/api";
import type { BatchOutcome } from "./end_claims.ts";
import type { ProcessedRecord } from "./process_record.ts";
import type { ClaimedRecord } from "./queue_record.ts";

/** Where an SDK takes the spans and numbers. */
interface Instruments {
  tracer: Tracer;
  claimed: Counter;
  completed: Counter;
  failed: Counter;
  lost: Counter;
  operationDuration: Histogram;
  processDuration: Histogram;
}

const scopeName = "opsdeck.queue";

/** The conventions' own boundaries, in seconds. */
const secondBoundaries = [
  0.005,
  0.01,
  0.025,
  0.05,
  0.075,
  0.1,
  0.25,
  0.5,
  0.75,
  1,
  2.5,
  5,
  7.5,
  10,
];

let instruments: Instruments | undefined;

/**
 * Looks whether an SDK is set up, which a handler's file may do; every claim asks. Without one,
 * nothing is traced.
 */
function lookForSdk(): void {
  const provider = trace.getTracerProvider();
  const isSetUp = !(provider instanceof ProxyTracerProvider) ||
    provider.getDelegateTracer(scopeName) !== undefined;
  instruments = isSetUp ? instruments ?? createInstruments() : undefined;
}

function createInstruments(): Instruments {
  const meter = metrics.getMeter(scopeName);
  const seconds = (name: string, description: string) =>
    meter.createHistogram(name, {
      description,
      unit: "s",
      advice: { explicitBucketBoundaries: secondBoundaries },
    });
  const records = (name: string, description: string) =>
    meter.createCounter(name, { description, unit: "{record}" });
  return {
    tracer: trace.getTracer(scopeName),
    claimed: meter.createCounter("messaging.client.consumed.messages", {
      description: "Records claimed",
      unit: "{message}",
    }),
    completed: records("opsdeck.queue.completed", "Records completed"),
    failed: records("opsdeck.queue.failed", "Records failed"),
    lost: records("opsdeck.queue.lost", "Records that another claim held by the time"),
    operationDuration: seconds(
      "messaging.client.operation.duration",
      "Duration of claiming, completing and failing",
    ),
    processDuration: seconds("messaging.process.duration", "Duration of the handler"),
  };
}

/** Traces a claim: span `claim <flow>`, and the records that it got. */
export function traceClaim(
  flowName: string,
  claim: () => Promise<ClaimedRecord[]>,
): Promise<ClaimedRecord[]> {
  lookForSdk();
  const set = instruments;
  if (set === undefined) return claim();
  const attributes = attributesOf(flowName, "claim", "receive");
  return inSpan(set, attributes, SpanKind.CLIENT, set.operationDuration, async (span) => {
    const records = await claim();
    span.setAttribute("messaging.batch.message_count", records.length);
    if (records.length > 0) set.claimed.add(records.length, attributes);
    return records;
  });
}

/** Traces the handler of one record: span `process <flow>`, in which the handler's own spans lie. */
export function traceHandler<T extends ProcessedRecord>(
  record: ClaimedRecord,
  process: () => Promise<T>,
): Promise<T> {
  const set = instruments;
  if (set === undefined) return process();
  const attributes = attributesOf(record.flow_name, "process", "process");
  return inSpan(set, attributes, SpanKind.CONSUMER, set.processDuration, async (span, fail) => {
    span.setAttribute("messaging.message.id", String(record.id));
    span.setAttribute("opsdeck.queue.attempt", record.retry_count + 1);
    const done = await process();
    // The reason is the handler's own text and may hold anything: it stays in the database.
    if (done.status === "failed") fail("_OTHER");
    return done;
  });
}

/** Traces storing what became of records of a flow: span `complete <flow>` or `fail <flow>`. */
export function traceEnd(
  flowName: string,
  operation: "complete" | "fail",
  count: number,
  store: () => Promise<BatchOutcome>,
): Promise<BatchOutcome> {
  const set = instruments;
  if (set === undefined) return store();
  const attributes = attributesOf(flowName, operation, "settle");
  return inSpan(set, attributes, SpanKind.CLIENT, set.operationDuration, async (span) => {
    span.setAttribute("messaging.batch.message_count", count);
    const outcome = await store();
    const counter = operation === "complete" ? set.completed : set.failed;
    if (outcome.ids.length > 0) counter.add(outcome.ids.length, attributes);
    return outcome;
  });
}

/** Counts records that another claim held by the time. */
export function countLost(flowName: string, count: number): void {
  if (count === 0) return;
  instruments?.lost.add(count, {
    "messaging.system": "opsdeck",
    "messaging.destination.name": flowName,
  });
}

interface OperationAttributes extends Attributes {
  "messaging.system": string;
  "messaging.destination.name": string;
  "messaging.operation.name": string;
  "messaging.operation.type": string;
}

function attributesOf(flowName: string, name: string, type: string): OperationAttributes {
  return {
    "messaging.system": "opsdeck",
    "messaging.destination.name": flowName,
    "messaging.operation.name": name,
    "messaging.operation.type": type,
  };
}

function inSpan<T>(
  { tracer }: Instruments,
  attributes: OperationAttributes,
  kind: SpanKind,
  duration: Histogram,
  work: (span: Span, fail: (errorType: string) => void) => Promise<T>,
): Promise<T> {
  const name = `${attributes["messaging.operation.name"]} ${
    attributes["messaging.destination.name"]
  }`;
  const startedAt = performance.now();
  return tracer.startActiveSpan(name, { kind, attributes }, async (span) => {
    let error: Attributes = {};
    const fail = (errorType: string) => {
      error = { "error.type": errorType };
      span.setAttributes(error);
      span.setStatus({ code: SpanStatusCode.ERROR });
    };
    try {
      return await work(span, fail);
    } catch (thrown) {
      fail(thrown instanceof Error ? thrown.name : "_OTHER");
      throw thrown;
    } finally {
      duration.record((performance.now() - startedAt) / 1000, { ...attributes, ...error });
      span.end();
    }
  });
}
