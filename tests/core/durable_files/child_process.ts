/** Processes that the tests of this folder start, watch and kill. */

/** Runs one of this folder's programs to its end or until it is killed. */
export class ChildProgram implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #lines: AsyncIterator<string>;

  /** Starts a program with arguments. */
  constructor(program: string, args: readonly string[]) {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", "-A", "--no-lock", import.meta.resolve(`./${program}`), ...args],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#lines = linesOf(this.#process.stdout);
  }

  /** The next line that it prints; undefined when it has ended. */
  async nextLine(): Promise<string | undefined> {
    const { done, value } = await this.#lines.next();
    return done ? undefined : value;
  }

  /** Kills it with SIGKILL, and gives the whole lines that it had printed and nobody had read. */
  async kill(): Promise<string[]> {
    this.#process.kill("SIGKILL");
    return await this.rest();
  }

  /** Waits for its end and gives the lines that nobody has read. */
  async rest(): Promise<string[]> {
    const rest: string[] = [];
    for (let line = await this.nextLine(); line !== undefined; line = await this.nextLine()) {
      rest.push(line);
    }
    await this.#process.status;
    return rest;
  }

  /** Kills it if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // it has ended
    }
    await this.rest();
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let text = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (text + chunk).split("\n");
    text = lines.pop() ?? "";
    yield* lines;
  }
}

/** A temporary folder that is removed at the end of its scope. */
export async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "opsdeck_test_" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
