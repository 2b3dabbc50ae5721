/** One queue system as a process: requests come as JSON lines on stdin, answers go to stdout. */

import { TextLineStream } from "./text_line_stream.ts";
import type { Block, DrainRequest, QueueSystem } from "./queue_system.ts";

/** A request of the benchmark to a system's process. */
export type SystemRequest =
  | { command: "open"; url: string }
  | { command: "empty" }
  | { command: "enqueue"; records: number }
  | { command: "drain"; request: DrainRequest }
  | { command: "fill"; block: Block }
  | { command: "claim"; batchSize: number };

/** The answer to a request. */
export type SystemAnswer = {
  /** How long the request took, in milliseconds, without what belongs to starting and stopping. */
  ms: number;
  /** The records that were finished or claimed. */
  records: number;
} | {
  /** Why the request failed. */
  error: string;
};

/** Answers requests until stdin ends. */
export async function serveSystem(open: (url: string) => Promise<QueueSystem>): Promise<void> {
  // A Ctrl-C reaches the whole group; the benchmark itself ends its systems.
  Deno.addSignalListener("SIGINT", () => {});
  let system: QueueSystem | undefined;
  const lines = Deno.stdin.readable
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream());
  for await (const line of lines) {
    // The other end is the benchmark's own process, of the same version.
    const request = JSON.parse(line) as SystemRequest;
    let answer: SystemAnswer;
    try {
      if (request.command === "open") {
        system = await open(request.url);
        answer = { ms: 0, records: 0 };
      } else {
        if (system === undefined) throw new Error("Cannot answer as the system is not open");
        answer = await answerRequest(system, request);
      }
    } catch (error) {
      answer = { error: error instanceof Error ? error.stack ?? error.message : String(error) };
    }
    await writeLine(JSON.stringify(answer));
  }
  await system?.[Symbol.asyncDispose]();
  Deno.exit(0);
}

async function answerRequest(
  system: QueueSystem,
  request: Exclude<SystemRequest, { command: "open" }>,
): Promise<SystemAnswer> {
  const startedAt = performance.now();
  let records = 0;
  let startMs = 0;
  switch (request.command) {
    case "empty":
      await system.empty();
      break;
    case "enqueue":
      await system.enqueue(request.records);
      records = request.records;
      break;
    case "drain":
      ({ records, startMs } = await system.drain(request.request));
      break;
    case "fill":
      await system.fill?.(request.block);
      break;
    case "claim":
      records = await system.claim?.(request.batchSize) ?? 0;
      break;
  }
  return { ms: performance.now() - startedAt - startMs, records };
}

async function writeLine(text: string): Promise<void> {
  const bytes = new TextEncoder().encode(`${text}\n`);
  for (let from = 0; from < bytes.length;) from += await Deno.stdout.write(bytes.subarray(from));
}
