/** The queue's database, as its commands open it. */

import type { ScriptContext } from "../../core/command_line/mod.ts";
import type { DatabaseManager } from "../../database/mod.ts";
import { openQueueDatabase } from "../queue_database.ts";

/**
 * Makes the manager of the queue's database for a command: what the operator should know goes to
 * the command's notes, and the server sees the command's name.
 */
export function openCommandDatabase(
  command: string,
  context: ScriptContext,
  flowName?: string,
): DatabaseManager {
  return openQueueDatabase({
    flowName,
    applicationName: `opsdeck queue ${command}`,
    notice: (text) => context.note(text),
    connectSignal: context.signal,
  });
}
