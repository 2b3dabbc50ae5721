/** What a refresh of districts is told, as its run keeps it. */

import { foreignParameters, isListOf, isNumber, isText } from "../kept_values.ts";

/** The parameters of a refresh. */
export interface RefreshParameters extends Record<string, unknown> {
  /** The districts. */
  district_ids: number[];
  /** What the names of the types begin with. */
  type_names: string[];
  /** Checksums are deleted, so that unchanged files are imported again. */
  delete_checksums: boolean;
  /** Files are restored first. */
  restore_files: boolean;
  /** Who asks for it, for the requests' history. */
  requested_by: string;
  /** The folder in which files are unpacked. */
  temp_dir: string;
  /** How many files are restored at once. */
  max_concurrent: number;
  /** The type names that no type began with. */
  unknown_types: string[];
  /** The districts of which there was no request. */
  districts_without_requests: number[];
  /** Requests that were pending, queued or processing already, and were left to that. */
  waiting_requests: number[];
}

/**
 * Reads the parameters of a run.
 *
 * @throws ValidationError when they are not those of a refresh.
 */
export function parseRefreshParameters(value: Record<string, unknown>): RefreshParameters {
  const {
    district_ids,
    type_names,
    delete_checksums,
    restore_files,
    requested_by,
    temp_dir,
    max_concurrent,
    unknown_types,
    districts_without_requests,
    waiting_requests,
  } = value;
  if (
    isListOf(district_ids, isNumber) && isListOf(type_names, isText) &&
    typeof delete_checksums === "boolean" && typeof restore_files === "boolean" &&
    typeof requested_by === "string" && typeof temp_dir === "string" &&
    typeof max_concurrent === "number" && isListOf(unknown_types, isText) &&
    isListOf(districts_without_requests, isNumber) && isListOf(waiting_requests, isNumber)
  ) {
    return {
      district_ids,
      type_names,
      delete_checksums,
      restore_files,
      requested_by,
      temp_dir,
      max_concurrent,
      unknown_types,
      districts_without_requests,
      waiting_requests,
    };
  }
  throw foreignParameters("a refresh");
}
