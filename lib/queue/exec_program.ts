/** One running program that answers a JSON line for each JSON line. */

import { TextLineStream } from "@std/streams/text-line-stream";
import { getLogger } from "../core/mod.ts";

const logger = getLogger("exec");

/** How long a program may take to end by itself once its standard input is closed. */
const farewellMs = 2000;

/** A long-lived child process, asked and answered line by line. */
export class ExecProgram implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #errorsRead: Promise<void>;
  #lastErrorLine = "";
  #isUsable = true;

  /**
   * Starts the program.
   *
   * @throws Deno.errors.NotFound, Deno.errors.PermissionDenied or Deno.errors.NotCapable.
   */
  constructor(argv: readonly [string, ...string[]], cwd: string) {
    const [program, ...args] = argv;
    this.#child = new Deno.Command(program, {
      args,
      cwd,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      // A Ctrl-C at the terminal must not reach it: the record in hand is finished first.
      detached: true,
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#lines = this.#child.stdout
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream())
      .getReader();
    this.#errorsRead = this.#readErrors();
    this.#child.status.then(() => this.#isUsable = false);
  }

  /** Whether the program runs and may be asked. */
  get isUsable(): boolean {
    return this.#isUsable;
  }

  /** Sends a line and gives the next line of the answer; undefined when the program ended. */
  async ask(line: string): Promise<string | undefined> {
    // A program that has ended, or closed its input, shows by giving no answer.
    const writing = this.#input.write(new TextEncoder().encode(`${line}\n`)).catch(() => {});
    const { value, done } = await this.#lines.read();
    if (!done) await writing;
    return done ? undefined : value;
  }

  /** Says how the program ended, with its last line on stderr. */
  async lastWords(): Promise<string> {
    const { code, signal } = await this.#child.status;
    await this.#errorsRead;
    const how = signal ? `was ended by ${signal}` : `exited with code ${code}`;
    return this.#lastErrorLine === "" ? how : `${how}: ${this.#lastErrorLine}`;
  }

  /** Ends the program at once. */
  kill(): void {
    if (this.#isUsable) this.#child.kill("SIGKILL");
    this.#isUsable = false;
  }

  /** Closes the program's input, waits for its end, and kills it when it does not end. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close().catch(() => {});
    const timer = setTimeout(() => this.kill(), farewellMs);
    await this.#child.status;
    clearTimeout(timer);
    await this.#lines.cancel().catch(() => {});
    await this.#errorsRead;
  }

  async #readErrors(): Promise<void> {
    const lines = this.#child.stderr
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream());
    for await (const line of lines) {
      if (line.trim() === "") continue;
      this.#lastErrorLine = line.trim().slice(0, 500);
      logger.info(line);
    }
  }
}
