import { assert, assertEquals, assertRejects } from "@std/assert";
import { delay, withDeadline } from "../../lib/core/delay.ts";
import { ValidationError } from "../../lib/core/mod.ts";

// The sanitizers fail a test that leaves a timer behind: that is half of what is tested here.

Deno.test("delay() rejects with the signal's reason and leaves no timer and no listener", async () => {
  const controller = new AbortController();
  const listeners = countListeners(controller.signal);
  const reason = new Error("stopped");

  const waiting = delay(60_000, { signal: controller.signal });
  controller.abort(reason);

  assert(await assertRejects(() => waiting, Error) === reason);
  assert(await assertRejects(() => delay(0, { signal: controller.signal }), Error) === reason);
  assertEquals(listeners(), 0);
});

Deno.test("delay() leaves no listener after an orderly end", async () => {
  const controller = new AbortController();
  const listeners = countListeners(controller.signal);

  await delay(1, { signal: controller.signal });

  assertEquals(listeners(), 0);
});

Deno.test("delay() does not end at once when the time is longer than a timer can hold", async () => {
  const controller = new AbortController();

  const outcome = await Promise.race([
    delay(2 ** 32, { signal: controller.signal }).then(() => "over", () => "aborted"),
    delay(20).then(() => "still waiting"),
  ]);
  controller.abort();

  assertEquals(outcome, "still waiting");
});

Deno.test("delay() refuses what is not a time", async () => {
  for (const ms of [-1, NaN, Infinity]) {
    await assertRejects(() => delay(ms), ValidationError, `it is ${ms}`);
  }
});

Deno.test("delay() with unref lets the process end", async () => {
  const url = import.meta.resolve("../../lib/core/delay.ts");
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "-q", "--no-lock", `import("${url}").then(m => m.delay(60000, {unref: true}))`],
    cwd: import.meta.dirname ?? ".",
    stderr: "inherit",
  }).output();

  assertEquals(code, 0);
});

Deno.test("withDeadline() gives the work's result and its error unchanged", async () => {
  const error = new Error("of the work");
  const options = { ms: 60_000, onTimeout: () => new Error("late") };

  assertEquals(await withDeadline(() => Promise.resolve(7), options), 7);
  assertEquals(await withDeadline(Promise.resolve(7), { ...options, ms: Infinity }), 7);
  assert(
    await assertRejects(() => withDeadline(() => Promise.reject(error), options), Error) === error,
  );
  const throws = () => {
    throw error;
  };
  assert(await assertRejects(() => withDeadline(throws, options), Error) === error);
});

Deno.test("withDeadline() ends work that is late, and tells the work", async () => {
  let told: unknown;
  const late = new Error("late");
  const work = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => {
        told = signal.reason;
        reject(new Error("nobody listens any more"));
      });
    });

  const error = await assertRejects(
    () => withDeadline(work, { ms: 5, onTimeout: () => late }),
    Error,
  );

  assert(error === late);
  assert(told === late);
});

Deno.test("withDeadline() ends with the signal, and does not start after it", async () => {
  const controller = new AbortController();
  const listeners = countListeners(controller.signal);
  const reason = new Error("stopped");
  const options = {
    ms: 60_000,
    signal: controller.signal,
    onTimeout: () => new Error("late"),
  };

  const waiting = withDeadline(new Promise<never>(() => {}), options);
  controller.abort(reason);
  const first = await assertRejects(() => waiting, Error);
  let started = false;
  const second = await assertRejects(
    () =>
      withDeadline(() => {
        started = true;
        return Promise.resolve();
      }, options),
    Error,
  );

  assert(first === reason);
  assert(second === reason);
  assertEquals([started, listeners()], [false, 0]);
});

/** Counts the abort listeners that are added to a signal and not removed. */
function countListeners(signal: AbortSignal): () => number {
  let count = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (type: string, listener: EventListener) => {
    count++;
    add(type, () => {
      count--; // a listener that was called once is gone
      listener(new Event(type));
    }, { once: true });
  };
  signal.removeEventListener = (type: string, listener: EventListener) => {
    if (!signal.aborted) count--;
    remove(type, listener);
  };
  return () => count;
}
