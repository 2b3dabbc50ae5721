/** The record of one error (reference: downloads, ErrorContext). */

import type { ErrorCategory, ErrorSeverity } from "../opsdeck_error.ts";

/** The fields of an {@link ErrorContext}; what is left out is null there. */
export interface ErrorContextFields {
  /** Unique to this occurrence. */
  error_id: string;
  /** How bad it is. */
  severity: ErrorSeverity;
  /** What kind of trouble it is. */
  category: ErrorCategory;
  /** One line for a person, without secrets. */
  message: string;
  /** What else is known: the causes and the context, as JSON. */
  details?: string | null;
  /** The CSV row that was at hand. */
  row_id?: string | null;
  /** `youtube` or `drive`. */
  download_type?: string | null;
  /** The address that was asked. */
  url?: string | null;
  /** The file that was at hand. */
  file_path?: string | null;
  /** When it happened: ISO 8601, UTC. */
  timestamp: string;
  /** The stack, its causes included. */
  stack_trace?: string | null;
}

/** Complete error context for tracking and debugging; an absent field is null. */
export class ErrorContext {
  /** Unique to this occurrence. */
  readonly error_id: string;
  /** How bad it is. */
  readonly severity: ErrorSeverity;
  /** What kind of trouble it is. */
  readonly category: ErrorCategory;
  /** One line for a person, without secrets. */
  readonly message: string;
  /** What else is known: the causes and the context, as JSON. */
  readonly details: string | null;
  /** The CSV row that was at hand. */
  readonly row_id: string | null;
  /** `youtube` or `drive`. */
  readonly download_type: string | null;
  /** The address that was asked. */
  readonly url: string | null;
  /** The file that was at hand. */
  readonly file_path: string | null;
  /** When it happened: ISO 8601, UTC. */
  readonly timestamp: string;
  /** The stack, its causes included. */
  readonly stack_trace: string | null;

  /** Makes an error context of its fields. */
  constructor(fields: ErrorContextFields) {
    this.error_id = fields.error_id;
    this.severity = fields.severity;
    this.category = fields.category;
    this.message = fields.message;
    this.details = fields.details ?? null;
    this.row_id = fields.row_id ?? null;
    this.download_type = fields.download_type ?? null;
    this.url = fields.url ?? null;
    this.file_path = fields.file_path ?? null;
    this.timestamp = fields.timestamp;
    this.stack_trace = fields.stack_trace ?? null;
  }
}
