/** Logs with loggers that were asked for before and after the settings were known. */

import { configureLogging, getLogger, Secret, withLogContext } from "../../lib/core/mod.ts";

const early = getLogger("early");
early.error("Before the settings nothing is written");
configureLogging({ runId: "run-1", quiet: Deno.args.includes("quiet") });
const late = getLogger("late");
early.warning("Batch {size} is slow", { size: 7 });
late.error("Batch failed", { reason: new Error("disk full") });
late.debug("Too fine");
if (Deno.args.includes("hostile")) {
  const text = "x\n2026-01-01T00:00:00.000Z error queue: Lost\x1b[2J\x7f\u009b";
  late.error("Cannot use {text}", { text, plain: "\x1b[2J\u009b", inside: [text] });
  const secret = new Secret("two\nlines\u0085of it").reveal();
  late.error("Login {secret}", { secret, reason: new Error(secret) });
}
withLogContext({ record_id: 4711 }, () => late.error("With the record at hand"));
