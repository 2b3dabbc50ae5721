/** What a bulk download is told, as its run keeps it. */

import { ValidationError } from "../../../core/mod.ts";

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
    isTexts(type_names) && (district_ids === null || isNumbers(district_ids)) &&
    typeof local_dir === "string" && typeof max_concurrent === "number" &&
    isTexts(unknown_types) && isNumbers(districts_without_requests)
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
  throw new ValidationError(
    "Cannot resume the run as its journal holds no parameters of a bulk download; " +
      "use the version of opsdeck that began it, or start a new run",
  );
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => typeof item === "number");
}
