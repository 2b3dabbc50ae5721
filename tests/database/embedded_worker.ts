/**
 * Calls one function of the embedded server in a process of its own, whose environment says where
 * the server is: `embedded_worker.ts start | stop | status | home | target DATABASE`. Prints
 * `{"value": …}` or `{"error": {name, message, code, exitCode}}`.
 */

import { OpsdeckError } from "../../lib/core/mod.ts";
import {
  embeddedStatus,
  embeddedTarget,
  postgresHome,
  startEmbedded,
  stopEmbedded,
} from "../../lib/database/embedded/mod.ts";

const actions: Record<string, (argument: string) => Promise<unknown>> = {
  start: () => startEmbedded(),
  stop: () => stopEmbedded(),
  status: () => embeddedStatus(),
  home: () => Promise.resolve(postgresHome()),
  target: (database) => embeddedTarget(database),
};

async function answer([name = "", argument = ""]: readonly string[]): Promise<unknown> {
  try {
    return { value: await actions[name]?.(argument) };
  } catch (error) {
    if (!(error instanceof OpsdeckError)) throw error;
    const { name, message, code, exitCode } = error;
    return { error: { name, message, code, exitCode } };
  }
}

await new Response(JSON.stringify(await answer(Deno.args))).body?.pipeTo(Deno.stdout.writable);
