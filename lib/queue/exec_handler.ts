/** A handler in any language: programs that read a JSON line and answer a JSON line. */

import parseArgv from "string-argv";
import { callerDirectory, ConfigurationError, OpsdeckError, ValidationError } from "../core/mod.ts";
import { exactJsonText } from "../database/mod.ts";
import { ExecProgram } from "./exec_program.ts";
import { isPayload } from "./json_text.ts";
import type { ClaimedRecord } from "./queue_record.ts";
import { HandlerBrokenError, type HandlerContext, type OpenHandler } from "./record_handler.ts";

/** After so many deaths in a row without an answer, the program itself is at fault. */
const maxDeathsInARow = 3;

/**
 * Splits a command into the program and its arguments; quotes group, and no shell is involved.
 *
 * @throws ValidationError when there is no program in it.
 */
export function parseCommand(command: string): [string, ...string[]] {
  const [program, ...args] = parseArgv(command);
  if (program === undefined) throw new ValidationError("Cannot use --exec as its command is empty");
  return [program, ...args];
}

/**
 * Makes a handler of a command. Each record goes to a program of its own, kept for the next record,
 * so that as many run as records are processed at once.
 *
 * A program reads `{"id","flow_name","payload","retry_count","attempt","created_at"}` as one line
 * and answers one line: `{"result": …}`, or `{"error": "why"}`; with an `id`, it must be the
 * record's. A program that dies, answers anything else or is too late fails its record and is
 * replaced; one that says a line without being asked is replaced too. What a program has started
 * itself is not killed with it.
 *
 * @throws ConfigurationError when the Deno permission to run the program is missing;
 * ValidationError when the command is empty.
 */
export async function openExecHandler(command: string): Promise<OpenHandler> {
  const argv = parseCommand(command);
  await checkPermission(argv[0]);
  const cwd = callerDirectory();
  const idle: ExecProgram[] = [];
  let deathsInARow = 0;

  const take = (): ExecProgram => {
    for (let program = idle.pop(); program; program = idle.pop()) {
      if (program.isUsable) return program;
      void program[Symbol.asyncDispose]();
    }
    try {
      return new ExecProgram(argv, cwd);
    } catch (error) {
      throw cannotStart(argv[0], error);
    }
  };

  return {
    async handle(record, context) {
      const program = take();
      const stop = () => program.kill();
      context.signal.addEventListener("abort", stop, { once: true });
      try {
        const line = await program.ask(requestLine(record, context));
        if (line === undefined) {
          const death = await program.lastWords();
          if (!context.signal.aborted) deathsInARow++;
          if (deathsInARow >= maxDeathsInARow) {
            throw new HandlerBrokenError(
              `Cannot go on as the program ended ${deathsInARow} times in a row without an answer: ` +
                `it ${death}; mend the program, then run this again`,
            );
          }
          throw new OpsdeckError(`The program gave no answer: it ${death}`, { code: "HANDLER" });
        }
        const result = readAnswer(line, record.id, program);
        deathsInARow = 0;
        return result;
      } finally {
        context.signal.removeEventListener("abort", stop);
        if (program.isUsable) idle.push(program);
        else await program[Symbol.asyncDispose]();
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(idle.splice(0).map((program) => program[Symbol.asyncDispose]()));
    },
  };
}

function requestLine(record: ClaimedRecord, context: HandlerContext): string {
  const { id, flow_name, payload, retry_count, created_at } = record;
  const { attempt } = context;
  const exact = exactJsonText(payload);
  if (exact === undefined) {
    return JSON.stringify({ id, flow_name, payload, retry_count, attempt, created_at });
  }
  // Word for word, as a long number would reach the program as another one.
  const before = JSON.stringify({ id, flow_name }).slice(0, -1);
  const after = JSON.stringify({ retry_count, attempt, created_at }).slice(1);
  return `${before},"payload":${exact.replace(/[\r\n]/g, " ")},${after}`;
}

function readAnswer(line: string, recordId: number, program: ExecProgram): unknown {
  let answer: unknown;
  try {
    answer = JSON.parse(line);
  } catch {
    answer = undefined;
  }
  const isAnswer = isPayload(answer) &&
    ("result" in answer || typeof answer["error"] === "string") &&
    (answer["id"] === undefined || answer["id"] === recordId);
  if (!isPayload(answer) || !isAnswer) {
    // What it says next may answer a record before: it cannot be trusted with another one.
    program.kill();
    throw new OpsdeckError(
      `The program answered ${JSON.stringify(line.slice(0, 200))} where a JSON line with ` +
        `"result" or "error" was wanted`,
      { code: "HANDLER" },
    );
  }
  if (typeof answer["error"] === "string") throw new Error(answer["error"]);
  return answer["result"];
}

async function checkPermission(program: string): Promise<void> {
  const { state } = await Deno.permissions.query({ name: "run", command: program });
  if (state === "granted") return;
  throw new ConfigurationError(
    `Cannot run "${program}" as there is no such program, or the script may not run it`,
    { code: "PERMISSION_MISSING" },
  );
}

function cannotStart(program: string, error: unknown): HandlerBrokenError {
  const reason = error instanceof Deno.errors.NotFound
    ? "there is no such program"
    : error instanceof Deno.errors.PermissionDenied
    ? "its file may not be executed"
    : error instanceof Error
    ? error.message
    : String(error);
  return new HandlerBrokenError(
    `Cannot start "${program}" as ${reason}; check the command of --exec`,
    { cause: error },
  );
}
