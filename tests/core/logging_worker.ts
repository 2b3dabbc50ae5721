/** Logs with loggers that were asked for before and after the settings were known. */

import { configureLogging, getLogger, withLogContext } from "../../lib/core/mod.ts";

const early = getLogger("early");
early.error("Before the settings nothing is written");
configureLogging({ runId: "run-1", quiet: Deno.args.includes("quiet") });
const late = getLogger("late");
early.warning("Batch {size} is slow", { size: 7 });
late.error("Batch failed", { reason: new Error("disk full") });
late.debug("Too fine");
withLogContext({ record_id: 4711 }, () => late.error("With the record at hand"));
