/** A queue system as a process of its own, so that nothing is shared but the server. */

import { fromFileUrl } from "@std/path";
import type { Contender } from "./contenders.ts";
import type { SystemAnswer, SystemRequest } from "./systems/serve_system.ts";
import { TextLineStream } from "./systems/text_line_stream.ts";

/** What a request took. */
export interface Timing {
  /** How long it took, in milliseconds. */
  ms: number;
  /** The records that were added, finished or claimed. */
  records: number;
}

const requestTimeoutMs = 15 * 60_000;

/** A running system; disposing ends its process. */
export class SystemProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: ReadableStreamDefaultReader<string>;
  readonly #title: string;

  private constructor(child: Deno.ChildProcess, title: string) {
    this.#child = child;
    this.#title = title;
    this.#writer = child.stdin.getWriter();
    this.#answers = child.stdout
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream())
      .getReader();
  }

  /** Starts a system's process on a database. */
  static async start(contender: Contender, databaseUrl: string): Promise<SystemProcess> {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-prompt",
        "--allow-all",
        `--config=${pathOf(contender.config)}`,
        pathOf(contender.program),
      ],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const system = new SystemProcess(child, contender.title);
    try {
      await system.ask({ command: "open", url: databaseUrl });
    } catch (error) {
      await system[Symbol.asyncDispose]();
      throw error;
    }
    return system;
  }

  /** The process id, for its CPU time. */
  get pid(): number {
    return this.#child.pid;
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @throws Error when the system answers with one, ends, or is silent for 15 minutes.
   */
  async ask(request: SystemRequest): Promise<Timing> {
    await this.#writer.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
    const timer = setTimeout(() => this.#kill(), requestTimeoutMs);
    const { value: line } = await this.#answers.read().finally(() => clearTimeout(timer));
    if (line === undefined) {
      throw new Error(`Cannot measure ${this.#title} as its process ended at "${request.command}"`);
    }
    // The other end is a program of this folder.
    const answer = JSON.parse(line) as SystemAnswer;
    if ("error" in answer) {
      throw new Error(
        `Cannot measure ${this.#title} as "${request.command}" failed: ${answer.error}`,
      );
    }
    return answer;
  }

  /** Ends the process. */
  async [Symbol.asyncDispose](): Promise<void> {
    const timer = setTimeout(() => this.#kill(), 5_000);
    await this.#writer.close().catch(() => {});
    await this.#child.status;
    clearTimeout(timer);
    await this.#answers.cancel();
  }

  #kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      // It has ended by itself.
      if (!(error instanceof TypeError)) throw error;
    }
  }
}

function pathOf(relative: string): string {
  return fromFileUrl(new URL(relative, import.meta.url));
}
