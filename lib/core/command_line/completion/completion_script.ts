/** The completion of one shell, as a script for that shell. */

import { bashCompletion } from "./bash.ts";
import { fishCompletion } from "./fish.ts";
import type { Deck } from "./task_words.ts";
import { zshCompletion } from "./zsh.ts";

/** The shells that completions are made for. */
export const shells = ["bash", "zsh", "fish"] as const;

/** A shell that completions are made for. */
export type Shell = typeof shells[number];

const makers: Record<Shell, (deck: Deck) => string> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/**
 * Writes the script that a shell sources to complete the scripts by name (`queue`), by path
 * (`./scripts/queue.ts`), and after `deno task`. All texts in it are quoted.
 */
export function completionScript(shell: Shell, deck: Deck): string {
  return makers[shell](deck);
}
