import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { EndpointPace } from "../../lib/jira/rate/endpoint_pace.ts";
import { readRateAdvice } from "../../lib/jira/rate/rate_advice.ts";
import { RateGate } from "../../lib/jira/rate/rate_gate.ts";
import { requestScope } from "../../lib/jira/rate/request_scope.ts";

const now = Date.parse("2026-11-21T03:00:00Z");

Deno.test("readRateAdvice() reads what Cloud and Data Center send, and nothing of nonsense", () => {
  const cases: [Record<string, string>, Record<string, unknown>][] = [
    [{}, {}],
    [{ "retry-after": "5" }, { retryAfterMs: 5000 }],
    [{ "retry-after": "0" }, {}],
    [{ "retry-after": "-1" }, {}],
    [{ "retry-after": "soon" }, {}],
    [{ "retry-after": "9223372036854775807" }, { retryAfterMs: 9.223372036854775807e21 }],
    [{ "retry-after": "Sat, 21 Nov 2026 03:00:30 GMT" }, { retryAfterMs: 30_000 }],
    [{ "retry-after": "Sat, 21 Nov 2026 02:00:30 GMT" }, {}],
    // The server's own clock counts.
    [
      { "retry-after": "Sat, 21 Nov 2026 05:00:30 GMT", "date": "Sat, 21 Nov 2026 05:00:00 GMT" },
      { retryAfterMs: 30_000 },
    ],
    [{ "x-ratelimit-reset": "2026-11-21T03:01Z" }, { resetInMs: 60_000 }],
    [{ "x-ratelimit-nearlimit": "true" }, { isNearLimit: true }],
    [{ "ratelimit-reason": "jira-burst-based" }, { reason: "jira-burst-based" }],
    [{ "beta-ratelimit": '"tenant-app-quota";r=0;t=2107' }, { remaining: 0, resetInMs: 2_107_000 }],
    [
      {
        "x-ratelimit-remaining": "3",
        "x-ratelimit-fillrate": "10",
        "x-ratelimit-interval-seconds": "2",
      },
      { remaining: 3, fillPerSecond: 5 },
    ],
    [{ "x-ratelimit-fillrate": "0", "x-ratelimit-interval-seconds": "0" }, {}],
  ];
  for (const [headers, advice] of cases) {
    const read: Record<string, unknown> = { ...readRateAdvice(new Headers(headers), now) };
    assertEquals(read, { isNearLimit: false, ...advice });
  }
});

Deno.test("requestScope() tells words of the API from names, and knows the issue of a write", () => {
  const cases: [string, string, string, string | undefined][] = [
    ["GET", "/rest/api/3/issue/PROJ-1", "GET /rest/api/3/issue/*", undefined],
    ["PUT", "/rest/api/3/issue/proj-1", "PUT /rest/api/3/issue/*", "PROJ-1"],
    [
      "POST",
      "/jira/rest/api/2/issue/10001/comment",
      "POST /jira/rest/api/2/issue/*/comment",
      "10001",
    ],
    ["POST", "/rest/api/3/issue/bulkfetch", "POST /rest/api/3/issue/bulkfetch", undefined],
    ["POST", "/rest/api/3/issue", "POST /rest/api/3/issue", undefined],
    [
      "GET",
      "/rest/api/latest/project/ABC/versions",
      "GET /rest/api/latest/project/*/versions",
      undefined,
    ],
    ["GET", "/rest/api/3/issueLinkType/7", "GET /rest/api/3/issueLinkType/7", undefined],
  ];
  for (const [method, path, endpoint, issue] of cases) {
    const scope = requestScope(method, path);
    assertEquals([scope.endpoint, scope.issue], [endpoint, issue]);
  }
});

/** Sends through a pace at a token bucket, on a clock of its own. */
function simulate(
  { capacity, perSecond, seconds, latencyMs }: Record<
    "capacity" | "perSecond" | "seconds" | "latencyMs",
    number
  >,
) {
  const pace = new EndpointPace({ maxWindow: 10 });
  let tokens = capacity;
  let filledAt = 0;
  const flying: { endsAt: number; startedAt: number; isRefused: boolean }[] = [];
  const count = { passed: 0, refused: 0, lateRefused: 0 };
  for (let now = 0; now < seconds * 1000; now++) {
    for (const flight of flying.filter(({ endsAt }) => endsAt <= now)) {
      flying.splice(flying.indexOf(flight), 1);
      pace.end();
      if (flight.isRefused) pace.limit(now, flight.startedAt, 1000);
      else pace.pass();
    }
    while (pace.readyAt() <= now) {
      tokens = Math.min(capacity, tokens + ((now - filledAt) / 1000) * perSecond);
      filledAt = now;
      const isRefused = tokens < 1;
      if (!isRefused) tokens--;
      if (isRefused && now > 1000) count.lateRefused++;
      count[isRefused ? "refused" : "passed"]++;
      pace.start(now);
      flying.push({ startedAt: now, endsAt: now + latencyMs, isRefused });
    }
  }
  return count;
}

Deno.test("EndpointPace finds the rate of a limit it is not told, and is seldom refused", () => {
  fc.assert(
    fc.property(
      fc.record({
        capacity: fc.integer({ min: 5, max: 100 }),
        perSecond: fc.integer({ min: 10, max: 200 }),
        latencyMs: fc.integer({ min: 5, max: 40 }),
      }),
      (limit) => {
        const seconds = 60;
        const { passed, lateRefused } = simulate({ ...limit, seconds });

        const reachable = Math.min(limit.perSecond, 10_000 / limit.latencyMs) * seconds;
        assert(passed > 0.4 * reachable, `${passed} of ${reachable} passed`);
        assert(
          lateRefused <= Math.max(10, 0.02 * passed),
          `${lateRefused} refused, ${passed} passed`,
        );
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("EndpointPace counts requests refused together once, and recovers when the limit goes", () => {
  const pace = new EndpointPace({ maxWindow: 8 });
  for (let count = 0; count < 8; count++) pace.start(0);
  for (let count = 0; count < 8; count++) {
    pace.end();
    pace.limit(10, 0, 500);
  }

  assertEquals([pace.strikes, pace.openAt, pace.inFlight], [1, 510, 0]);
  let now = 510;
  for (let count = 0; count < 3000; count++) {
    now = Math.max(now + 1, pace.readyAt());
    pace.start(now);
    pace.end();
    pace.pass();
  }
  assertEquals(pace.strikes, 0);
  assert(pace.readyAt() - now < 20, "the rate has grown again");
});

Deno.test("RateGate never gives a time that is no number, whatever it hears", () => {
  const advice = fc.record({
    isNearLimit: fc.boolean(),
    reason: fc.constantFrom(
      "jira-burst-based",
      "jira-per-issue-on-write",
      "jira-quota-tenant-based",
    ),
    retryAfterMs: fc.oneof(fc.double({ min: 0.001, noNaN: true }), fc.constant(9.2e21)),
    remaining: fc.nat(10),
    resetInMs: fc.nat(),
    fillPerSecond: fc.double({ min: 0.001, max: 1000, noNaN: true }),
  }, { requiredKeys: ["isNearLimit"] });
  const step = fc.record({
    issue: fc.integer({ min: 1, max: 3 }),
    method: fc.constantFrom("GET", "PUT"),
    waitMs: fc.nat(5000),
    status: fc.constantFrom(200, 204, 404, 429, 500, 503, undefined),
    advice,
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const gate = new RateGate({ random: () => 0.5 });
    let now = 0;
    for (const { issue, method, waitMs, status, advice } of steps) {
      const scope = requestScope(method, `/rest/api/3/issue/PROJ-${issue}`);
      now += waitMs;
      gate.start(scope, now);
      const startedAt = now;
      now += 10;
      gate.finish(scope, {
        now,
        startedAt,
        ...(status === undefined ? {} : { status, advice }),
      });
      const readyAt = gate.readyAt(scope);
      assert(Number.isFinite(readyAt) && gate.openAt(scope) <= now + 86_400_000, `${readyAt}`);
    }
  }));
});
