/** A row for downloads. */

import { RowContext, type RowContextFields } from "../../lib/downloads/mod.ts";

/** Makes a row with the id 17 unless told otherwise. */
export function sampleRow(fields: Partial<RowContextFields> = {}): RowContext {
  return new RowContext({
    row_id: "17",
    row_index: 3,
    type: "INFJ",
    name: "Ada",
    email: "ada@example.com",
    ...fields,
  });
}
