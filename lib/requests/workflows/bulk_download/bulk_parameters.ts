/** What a bulk download is told, as its run keeps it. */

import { foreignParameters, isListOf, isNumber, isText } from "../kept_values.ts";

/** The parameters of a bulk download. */
export interface BulkDownloadParameters extends Record<string, unknown> {
  /** What the names of the types begin with. */
  type_names: string[];
  /** The districts; null for all. */
  district_ids: number[] | null;
  /** The folder of the files, as an absolute path. */
  local_dir: string;
  /** How many requests are under way at once. */
  max_concurrent: number;
  /** The type names that no type began with. */
  unknown_types: string[];
  /** The districts named of which there was no request. */
  districts_without_requests: number[];
}

/**
 * Reads the parameters of a run.
 *
 * @throws ValidationError when they are not those of a bulk download.
 */
export function parseBulkParameters(value: Record<string, unknown>): BulkDownloadParameters {
  const {
    type_names,
    district_ids,
    local_dir,
    max_concurrent,
    unknown_types,
    districts_without_requests,
  } = value;
  if (
    isListOf(type_names, isText) && (district_ids === null || isListOf(district_ids, isNumber)) &&
    typeof local_dir === "string" && typeof max_concurrent === "number" &&
    isListOf(unknown_types, isText) && isListOf(districts_without_requests, isNumber)
  ) {
    return {
      type_names,
      district_ids,
      local_dir,
      max_concurrent,
      unknown_types,
      districts_without_requests,
    };
  }
  throw foreignParameters("a bulk download");
}
