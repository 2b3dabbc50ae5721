/** What the requests' history is told: who asked for a run, and why. */

import { ValidationError } from "../core/mod.ts";

/** The texts of a row of the history. */
export interface HistoryTexts {
  /** Who asked for it. */
  requestedBy?: string | undefined;
  /** Why. */
  reason?: string | undefined;
}

/** As long as the columns of `DataRequestRun` are. */
const longest = { requestedBy: 200, reason: 1000 } as const;

/**
 * Checks that the history can take the texts, before anything is done that it is to tell of.
 *
 * @param names what errors call the two. Defaults to the parameters' names
 * @throws ValidationError when `requestedBy` has more than 200 characters, or `reason` more than
 * 1000.
 */
export function checkHistoryTexts(
  texts: HistoryTexts,
  names: Partial<Record<keyof HistoryTexts, string>> = {},
): void {
  for (const key of ["requestedBy", "reason"] as const) {
    // UTF-16 units: SQL Server counts these, and PostgreSQL's count of characters is never greater.
    const length = texts[key]?.length ?? 0;
    if (length <= longest[key]) continue;
    throw new ValidationError(
      `Cannot run requests again as ${names[key] ?? key} must have at most ${
        longest[key]
      } characters: ` +
        `it has ${length}; shorten it`,
    );
  }
}
