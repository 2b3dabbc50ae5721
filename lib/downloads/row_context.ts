/** Which row of the CSV a download belongs to (reference: downloads, RowContext). */

import { createHash } from "node:crypto";

/** The fields of a {@link RowContext}, as they also stand in metadata files. */
export interface RowContextFields {
  /** The row's own id, which finds it again wherever it has moved to. Never empty. */
  row_id: string;
  /** Where the row was when it was read: 0 is the first one below the header. Only a hint. */
  row_index: number;
  /** The personality type. An update that finds another one in the CSV is refused. */
  type: string;
  /** The person's name. */
  name: string;
  /** The person's address. */
  email: string;
}

const maxSuffixPart = 40;

/** A row of the CSV, kept with everything that is downloaded for it. */
export class RowContext implements RowContextFields {
  /** The row's own id, which finds it again wherever it has moved to. Never empty. */
  readonly row_id: string;
  /** Where the row was when it was read: 0 is the first one below the header. Only a hint. */
  readonly row_index: number;
  /** The personality type. An update that finds another one in the CSV is refused. */
  readonly type: string;
  /** The person's name. */
  readonly name: string;
  /** The person's address. */
  readonly email: string;

  /** Makes a row context of its fields. */
  constructor(fields: RowContextFields) {
    this.row_id = fields.row_id;
    this.row_index = fields.row_index;
    this.type = fields.type;
    this.name = fields.name;
    this.email = fields.email;
  }

  /**
   * Gives the fields for a metadata file, where they stand under `row_context`: `findRowByFile`
   * looks for them there, and {@link rowContextOf} turns them back.
   */
  toMetadataDict(): Record<string, unknown> {
    const { row_id, row_index, type, name, email } = this;
    return { row_id, row_index, type, name, email };
  }

  /**
   * Gives an ending for the names of the row's files, before the extension: `_row17_INFJ`.
   *
   * Two rows never have the same one, on file systems that ignore case either: an id of anything
   * but `a-z`, `0-9` and `-`, or a long one, carries a part of its SHA-256. It holds only letters
   * and digits of ASCII, `-`, `_` and `~`, and at most 100 characters.
   */
  toFilenameSuffix(): string {
    const type = asNamePart(this.type);
    return `_row${uniqueNamePart(this.row_id)}${type === "" ? "" : `_${type}`}`;
  }
}

/**
 * Turns the `row_context` of a metadata file back into a row context; undefined when it is none.
 */
export function rowContextOf(value: unknown): RowContext | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { row_id, row_index, type, name, email }: Partial<Record<keyof RowContextFields, unknown>> =
    value;
  if (typeof row_id !== "string" || typeof row_index !== "number") return undefined;
  if (typeof type !== "string" || typeof name !== "string" || typeof email !== "string") {
    return undefined;
  }
  return new RowContext({ row_id, row_index, type, name, email });
}

/** An underscore ends it, and a tilde comes before a hash: neither is in an id that stays as is. */
function uniqueNamePart(id: string): string {
  if (/^[a-z0-9-]+$/.test(id) && id.length <= maxSuffixPart) return id;
  const hash = createHash("sha256").update(id.toWellFormed()).digest("hex").slice(0, 12);
  return `${asNamePart(id)}~${hash}`;
}

function asNamePart(text: string): string {
  return text.replace(/[^A-Za-z0-9]+/g, "-").slice(0, maxSuffixPart).replace(/^-|-$/g, "");
}
