import { assert, assertEquals } from "@std/assert";
import { TextLineStream } from "@std/streams/text-line-stream";
import { cachePlace, inspectFile } from "./cache_file.ts";

const rounds = 1500;

/** A process that uses the cache as hard as it can; disposing kills it. */
class Hammer implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(path: string, seed: number, rounds: number) {
    const program = import.meta.resolve("./cache_hammer.ts");
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", "-A", program, path, String(seed), String(rounds)],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream()).values();
  }

  async nextLine(): Promise<string | undefined> {
    const { value, done } = await this.#lines.next();
    return done ? undefined : value;
  }

  async lastLine(): Promise<string> {
    let last = "";
    for (let line = await this.nextLine(); line !== undefined; line = await this.nextLine()) {
      last = line;
    }
    const { code } = await this.#child.status;
    assertEquals(code, 0);
    return last;
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.kill();
    } catch {
      // It has ended.
    }
    await this.#lines.return?.();
    await this.#child.status;
  }
}

for (const processes of [2, 8]) {
  Deno.test(`${processes} processes on one cache get no error and no wrong value, and lose no count`, async () => {
    await using place = await cachePlace();
    await using hammers = new AsyncDisposableStack();
    // All of them find no file, so that they make it at the same time.
    const all = Array.from(
      { length: processes },
      (_, index) => hammers.use(new Hammer(place.path, index + 1, Math.ceil(rounds / processes))),
    );

    const counts = await Promise.all(
      all.map(async (hammer) => JSON.parse(await hammer.lastLine())),
    );

    const sum = (name: string) => counts.reduce((sum, count) => sum + count[name], 0);
    using cache = place.open();
    const { hits, misses, total_size_bytes } = cache.getStats();
    assertEquals([hits, misses, sum("wrong")], [sum("hits"), sum("misses"), 0]);
    assert(hits > 0 && misses > 0);
    assert(total_size_bytes <= 60_000);
    const { integrity, entries, bytes, totalEntries, totalBytes } = inspectFile(place.path);
    assertEquals([integrity, totalEntries, totalBytes], ["ok", entries, bytes]);
  });
}

Deno.test("after kill -9 of its processes a cache is whole and its running total is true", async () => {
  await using place = await cachePlace();
  for (let attempt = 1; attempt <= 3; attempt++) {
    await using hammers = new AsyncDisposableStack();
    const all = [1, 2, 3].map((index) =>
      hammers.use(new Hammer(place.path, 10 * attempt + index, 1_000_000))
    );

    for (const hammer of all) assertEquals(await hammer.nextLine(), "100");
    for (const hammer of all) hammer.kill();
    await hammers.disposeAsync();

    {
      using cache = place.open({ maxBytes: 60_000 });
      cache.set("after", attempt, "issue");
      assertEquals(cache.get("after", "issue"), attempt);
    }
    const { integrity, entries, bytes, totalEntries, totalBytes } = inspectFile(place.path);
    assertEquals([integrity, totalEntries, totalBytes], ["ok", entries, bytes]);
    assert(Number(entries) > 0 && Number(bytes) <= 60_000);
  }
});
