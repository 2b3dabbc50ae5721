import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  ConfigurationError,
  DatabaseConnectionError,
  OpsdeckError,
  RateLimitError,
  RetryableError,
  SFTPConnectionError,
  ValidationError,
} from "../../lib/core/mod.ts";
import {
  backoffDelayMs,
  type RetryNotice,
  type RetryOptions,
  retryWithBackoff,
} from "../../lib/core/retry.ts";

Deno.test("retryWithBackoff() retries three times by default, after 1, 2 and 4 seconds", async () => {
  const { waits, sleep } = recordSleep();
  const last = new RetryableError("fourth");
  const errors = [new RetryableError("1"), new RetryableError("2"), new RetryableError("3"), last];

  const error = await assertRejects(
    retryWithBackoff({ sleep })(() => Promise.reject(errors.shift())),
    Error,
  );

  assert(error === last);
  assertEquals(waits, [1000, 2000, 4000]);
});

Deno.test("retryWithBackoff() gives the result of the first attempt that succeeds", async () => {
  const { waits, sleep } = recordSleep();
  const notices: RetryNotice[] = [];
  let calls = 0;
  const twice = retryWithBackoff({ sleep, onRetry: (notice) => notices.push(notice) })(
    (a: number, b: number) => {
      calls++;
      if (calls < 3) throw new SFTPConnectionError(`call ${calls}`);
      return a * b;
    },
  );

  const result: number = await twice(6, 7);

  assertEquals([result, calls], [42, 3]);
  assertEquals(waits, [1000, 2000]);
  assertEquals(
    notices.map(({ attempt, maxRetries, delayMs }) => [attempt, maxRetries, delayMs]),
    [[1, 3, 1000], [2, 3, 2000]],
  );
});

Deno.test("retryWithBackoff() retries the named classes alone, or else what is marked retryable", async () => {
  class OwnError extends Error {}
  const sftpOnly = { exceptions: [SFTPConnectionError] };
  const marked = new OpsdeckError("marked", { retryable: true });
  const cases: [unknown, RetryOptions, number][] = [
    [new RetryableError("x"), {}, 4],
    [marked, {}, 4],
    [new OwnError(), { exceptions: [OwnError] }, 4],
    [marked, { exceptions: [OwnError] }, 1],
    [marked, { exceptions: [] }, 1],
    [new SFTPConnectionError("x"), sftpOnly, 4],
    [new DatabaseConnectionError("x"), sftpOnly, 1],
    [new SFTPConnectionError("x", { retryable: false }), {}, 1],
    [new DatabaseConnectionError("x"), { exceptions: [OwnError, RetryableError] }, 4],
    [new OwnError(), {}, 1],
    [new ConfigurationError("x"), {}, 1],
    ["a text", {}, 1],
    [undefined, {}, 1],
    [new RetryableError("x"), { maxRetries: 0 }, 1],
    [new RetryableError("x"), { maxRetries: 1 }, 2],
  ];

  for (const [error, options, expected] of cases) {
    let calls = 0;
    const { sleep } = recordSleep();
    const failing = retryWithBackoff({ ...options, sleep })(() => {
      calls++;
      return Promise.reject(error);
    });
    const thrown = await failing().then(() => "nothing", (caught: unknown) => caught);
    assert(thrown === error);
    assertEquals(calls, expected, String(error));
  }
});

Deno.test("retryWithBackoff() waits as long as the error asks, but no longer than it may", async () => {
  const asked = [5, 90_000, 2 ** 40, -1, NaN];
  const { waits, sleep } = recordSleep();

  for (const retryAfterMs of asked) {
    for (const maxDelayMs of [60_000, undefined]) {
      const limited = maxDelayMs === undefined ? {} : { maxDelayMs };
      await assertRejects(
        retryWithBackoff({ maxRetries: 1, initialDelayMs: 7, jitter: 0, sleep, ...limited })(() => {
          throw new RateLimitError("slow down", { retryAfterMs });
        }),
        RateLimitError,
      );
    }
  }

  assertEquals(waits, [5, 5, 60_000, 90_000, 60_000, 2 ** 31 - 1, 7, 7, 7, 7]);
});

Deno.test("retryWithBackoff() makes no attempt after its signal, which ends the wait", async () => {
  const controller = new AbortController();
  const reason = new Error("stopped");
  let calls = 0;
  const failing = retryWithBackoff({ initialDelayMs: 60_000, signal: controller.signal })(() => {
    calls++;
    throw new RetryableError("again");
  });

  const waiting = failing();
  controller.abort(reason);

  assert(await assertRejects(() => waiting, Error) === reason);
  assert(await assertRejects(failing, Error) === reason);
  assertEquals(calls, 1);
});

Deno.test("retryWithBackoff() decorates a method and keeps its object and its arguments", async () => {
  const { waits, sleep } = recordSleep();
  class Counter {
    #failures = 2;
    readonly name = "counter";

    @retryWithBackoff({ sleep, initialDelayMs: 10 })
    async greet(greeting: string): Promise<string> {
      await Promise.resolve();
      if (this.#failures-- > 0) throw new RetryableError("not yet");
      return `${greeting}, ${this.name}`;
    }
  }

  assertEquals(await new Counter().greet("hello"), "hello, counter");
  assertEquals(waits, [10, 20]);
});

Deno.test("retryWithBackoff() refuses options out of their range", () => {
  const bad: [RetryOptions, string][] = [
    [{ maxRetries: -1 }, "maxRetries must be a whole number, 0 or more: it is -1"],
    [{ maxRetries: 1.5 }, "it is 1.5"],
    [{ initialDelayMs: -1 }, "initialDelayMs must be from 0 to 2147483647: it is -1"],
    [{ initialDelayMs: NaN }, "it is NaN"],
    [{ backoffFactor: 0.5 }, "backoffFactor must be from 1 to 1000: it is 0.5"],
    [{ maxDelayMs: -1 }, "maxDelayMs must be 0 or more: it is -1"],
    [{ jitter: 2 }, "jitter must be from 0 to 1: it is 2"],
  ];

  for (const [options, message] of bad) {
    assertThrows(() => retryWithBackoff(options), ValidationError, message);
  }
});

Deno.test("backoffDelayMs() is never negative, grows up to the cap, and jitter only shortens it", () => {
  const options = fc.record({
    initialDelayMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
    backoffFactor: fc.double({ min: 1, max: 1000, noNaN: true }),
    maxDelayMs: fc.double({ min: 0, noNaN: true }),
    jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    chance: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  });

  fc.assert(fc.property(options, fc.integer({ min: 1, max: 1e6 }), ({ chance, ...given }, n) => {
    const plain = backoffDelayMs(n, { ...given, jitter: 0 });
    const next = backoffDelayMs(n + 1, { ...given, jitter: 0 });
    const withJitter = backoffDelayMs(n, { ...given, random: () => chance });

    assert(plain >= 0 && plain <= Math.min(given.maxDelayMs, 2 ** 31 - 1));
    assert(next >= plain);
    assert(withJitter <= plain);
    assert(withJitter >= plain * (1 - given.jitter) - 1e-6);
  }));
});

function recordSleep(): { waits: number[]; sleep: (ms: number) => Promise<void> } {
  const waits: number[] = [];
  return {
    waits,
    sleep: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
  };
}
