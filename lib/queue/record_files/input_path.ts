/** Where an operator's records are. */

import { resolveCallerPath } from "../../core/mod.ts";

/** Gives the path of a `--file`; undefined, which is standard input, for none and for `-`. */
export function inputPath(file: string | undefined): string | undefined {
  return file === undefined || file === "-" ? undefined : resolveCallerPath(file);
}
