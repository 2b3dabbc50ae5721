/** Asking before many files are removed. */

import { askBefore, canAsk, countOf } from "../../core/command_line/mod.ts";
import { ValidationError } from "../../core/mod.ts";
import type { Selection } from "./selection.ts";

/** How many files are removed without a question. */
const fewFiles = 20;

/** What decides on asking. */
export interface ConfirmRemovalOptions {
  /** Do not ask. */
  yes: boolean;
  /** Output is for a program, so that nobody is asked. */
  json: boolean;
  /** Ends the wait for the answer. */
  signal: AbortSignal;
}

/**
 * Makes the question of `removeFiles`: more than 20 files are removed only after a yes.
 *
 * The question throws ValidationError when there is nobody to ask.
 */
export function confirmRemoval(
  { yes, json, signal }: ConfirmRemovalOptions,
): (selection: Selection) => Promise<boolean> {
  return async ({ files, folders }) => {
    if (yes || files.length <= fewFiles) return true;
    const count = `${countOf(files.length, "file")}` +
      (folders.length === 0 ? "" : ` in ${countOf(folders.length, "folder")}`);
    if (!json && canAsk()) return await askBefore(`Remove ${count}?`, { signal });
    throw new ValidationError(
      `Cannot remove ${count} without --yes as there is nobody to ask; ` +
        "look first with --dry-run, then add --yes",
      { code: "USAGE" },
    );
  };
}
