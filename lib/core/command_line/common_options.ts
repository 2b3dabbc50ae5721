/** The options of every script; beside the help, which a run that shows none need not load. */

import type { OptionTable } from "./option_table.ts";

/** Options that every script has. */
export const commonOptions = {
  json: { type: "boolean", description: "Print the result as JSON, and nothing else on stdout" },
  quiet: {
    type: "boolean",
    short: "q",
    description: "Say nothing on stderr but warnings and errors",
  },
  verbose: { type: "boolean", short: "v", description: "Log more, and show stacks of errors" },
  printPermissions: {
    type: "boolean",
    description: "Print this run's permissions as flags of deno, and do nothing else",
  },
  help: { type: "boolean", short: "h", description: "Show this help" },
  version: { type: "boolean", description: "Show the version" },
} as const satisfies OptionTable;
