/** A collector of OpenTelemetry exports (OTLP/HTTP with JSON) on loopback. */

/** A span as it came. */
export interface ReceivedSpan {
  name: string;
  kind: number;
  traceId: string;
  spanId: string;
  parentSpanId: string;
  /** Attributes by key, numbers and texts as text. */
  attributes: Record<string, string>;
  /** 2 for an error. */
  statusCode: number;
}

/** A point of a metric as it came. */
export interface ReceivedPoint {
  metric: string;
  unit: string;
  attributes: Record<string, string>;
  /** A counter's sum, or a histogram's count. */
  value: number;
}

/** The collector; disposing ends it. */
export interface OtlpReceiver extends AsyncDisposable {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly endpoint: string;
  readonly spans: ReceivedSpan[];
  readonly points: ReceivedPoint[];
}

interface WireAttribute {
  key: string;
  value: Record<string, unknown>;
}

interface WirePoint {
  attributes?: WireAttribute[];
  asInt?: string | number;
  asDouble?: number;
  count?: string | number;
}

interface WireMetric {
  name: string;
  unit: string;
  sum?: { dataPoints: WirePoint[] };
  histogram?: { dataPoints: WirePoint[] };
}

interface WireSpan {
  name: string;
  kind: number;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  attributes?: WireAttribute[];
  status?: { code?: number };
}

interface WireExport {
  resourceSpans?: { scopeSpans: { spans: WireSpan[] }[] }[];
  resourceMetrics?: { scopeMetrics: { metrics: WireMetric[] }[] }[];
}

/** Starts a collector on a free port. */
export function otlpReceiver(): OtlpReceiver {
  const spans: ReceivedSpan[] = [];
  const points: ReceivedPoint[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const body: WireExport = await request.json();
      const spanScopes = (body.resourceSpans ?? []).flatMap((resource) => resource.scopeSpans);
      spans.push(...spanScopes.flatMap((scope) => scope.spans.map(toSpan)));
      const scopes = (body.resourceMetrics ?? []).flatMap((resource) => resource.scopeMetrics);
      points.push(...scopes.flatMap((scope) => scope.metrics.flatMap(toPoints)));
      return Response.json({});
    },
  );
  return {
    endpoint: `http://127.0.0.1:${server.addr.port}`,
    spans,
    points,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function toSpan(span: WireSpan): ReceivedSpan {
  return {
    ...span,
    parentSpanId: span.parentSpanId ?? "",
    attributes: toRecord(span.attributes),
    statusCode: span.status?.code ?? 0,
  };
}

function toPoints({ name, unit, sum, histogram }: WireMetric): ReceivedPoint[] {
  return [...sum?.dataPoints ?? [], ...histogram?.dataPoints ?? []].map((point) => ({
    metric: name,
    unit,
    attributes: toRecord(point.attributes),
    value: Number(point.count ?? point.asInt ?? point.asDouble),
  }));
}

function toRecord(attributes: readonly WireAttribute[] = []): Record<string, string> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, String(Object.values(value)[0])]),
  );
}
