/** One running program that answers a JSON line for each JSON line. */

import { getLogger, OpsdeckError } from "../core/mod.ts";
import { maxPayloadBytes } from "./queue_record.ts";
import { readByteLines } from "./record_files/byte_lines.ts";

const logger = getLogger("exec");

/** How long a program may take to end by itself once its standard input is closed. */
const farewellMs = 2000;

/** How long its outputs are read once it has ended: what it started may hold them open. */
const lastWordsMs = 500;

/** A result of the largest size, each of its characters escaped, and what stands around it. */
const maxAnswerBytes = 3 * maxPayloadBytes + 65_536;

/** What is kept of a line on standard error. */
const maxErrorLineBytes = 65_536;

const lineFeed = 10;

/** A long-lived child process, asked and answered line by line. */
export class ExecProgram implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamDefaultReader<Uint8Array>;
  readonly #errors: ReadableStreamDefaultReader<Uint8Array>;
  readonly #ended: Promise<Deno.CommandStatus>;
  /** Who waits for an answer. */
  #asked: PromiseWithResolvers<string | undefined> | undefined;
  #answer: string | undefined;
  #lastErrorLine = "";
  #isUsable = true;
  #isSilent = false;

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
    this.#output = this.#child.stdout.getReader();
    this.#errors = this.#child.stderr.getReader();
    this.#ended = this.#readToTheEnd();
  }

  /** Whether the program runs and may be asked. */
  get isUsable(): boolean {
    return this.#isUsable;
  }

  /**
   * Sends a line and gives the next line of the answer; undefined when the program ended.
   *
   * @throws OpsdeckError when the answer is longer than any can be; then the program is killed.
   */
  async ask(line: string): Promise<string | undefined> {
    if (this.#isSilent) return undefined;
    this.#asked = Promise.withResolvers();
    // A program that has ended, or closed its input, shows by giving no answer.
    const writing = this.#input.write(new TextEncoder().encode(`${line}\n`)).catch(() => {});
    const answer = await this.#asked.promise;
    if (answer !== undefined) await writing;
    return answer;
  }

  /** Says how the program ended, with its last line on stderr. */
  async lastWords(): Promise<string> {
    const { code, signal } = await this.#ended;
    const how = signal ? `was ended by ${signal}` : `exited with code ${code}`;
    return this.#lastErrorLine === "" ? how : `${how}: ${this.#lastErrorLine}`;
  }

  /** Ends the program at once. */
  kill(): void {
    if (!this.#isUsable) return;
    this.#isUsable = false;
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      // It ended by itself a moment ago.
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** Closes the program's input, waits for its end, and kills it when it does not end. */
  async [Symbol.asyncDispose](): Promise<void> {
    const timer = setTimeout(() => this.kill(), farewellMs);
    this.#input.close().catch(() => {});
    await this.#ended;
    clearTimeout(timer);
  }

  async #readToTheEnd(): Promise<Deno.CommandStatus> {
    const reading = Promise.all([this.#readAnswers(), this.#readErrors()]);
    const status = await this.#child.status;
    this.#isUsable = false;
    const timer = setTimeout(() => {
      void this.#output.cancel();
      void this.#errors.cancel();
    }, lastWordsMs);
    await reading;
    clearTimeout(timer);
    return status;
  }

  async #readAnswers(): Promise<void> {
    for await (const { bytes, isTooLong } of readByteLines(this.#outputChunks(), maxAnswerBytes)) {
      if (isTooLong) this.#refuseEndlessAnswer();
      else if (this.#asked === undefined || this.#answer !== undefined) this.#refuseUnasked(bytes);
      else this.#answer = toText(bytes);
    }
    this.#handOver();
    this.#isSilent = true;
    this.#asked?.resolve(undefined);
  }

  async *#outputChunks(): AsyncGenerator<Uint8Array> {
    let unendedBytes = 0;
    for await (const chunk of chunksOf(this.#output)) {
      const end = chunk.lastIndexOf(lineFeed);
      unendedBytes = end === -1 ? unendedBytes + chunk.length : chunk.length - end - 1;
      yield chunk;
      // Only now, as a second line that came with an answer makes the program one to replace.
      this.#handOver();
      if (unendedBytes > maxAnswerBytes) return this.#refuseEndlessAnswer();
    }
  }

  #handOver(): void {
    if (this.#answer === undefined) return;
    this.#asked?.resolve(this.#answer);
    this.#asked = this.#answer = undefined;
  }

  #refuseEndlessAnswer(): void {
    this.kill();
    this.#asked?.reject(
      new OpsdeckError(`The program answered a line of more than ${maxAnswerBytes} bytes`, {
        code: "HANDLER",
      }),
    );
    this.#asked = undefined;
  }

  /** It would be taken for the answer to the next record: the program cannot be trusted with one. */
  #refuseUnasked(line: Uint8Array): void {
    if (!this.#isUsable) return;
    this.kill();
    logger.warning("The program is replaced as it said a line that it was not asked for", {
      line: toText(line).slice(0, 200),
    });
  }

  async #readErrors(): Promise<void> {
    for await (const { bytes } of readByteLines(chunksOf(this.#errors), maxErrorLineBytes)) {
      const line = toText(bytes);
      if (line.trim() === "") continue;
      this.#lastErrorLine = line.trim().slice(0, 500);
      logger.info(line);
    }
  }
}

async function* chunksOf(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel();
  }
}

function toText(line: Uint8Array): string {
  return new TextDecoder().decode(line).replace(/\r$/, "");
}
