/** A result as it was when its handler gave it. */

import { toJsonText } from "./json_text.ts";

/**
 * The JSON text of a result, written once: what the handler does to the value afterwards changes
 * nothing in what is stored.
 */
export class StoredResult {
  /** What is stored. */
  readonly text: string;

  /**
   * Takes the value as it is now; `recordId` names it in errors.
   *
   * @throws ValidationError when JSON cannot hold it.
   */
  constructor(value: unknown, recordId: number) {
    this.text = value instanceof StoredResult
      ? value.text
      : toJsonText(value, `the result of record ${recordId}`);
  }
}
