/** What `find-requests` is asked for. */

import { ValidationError } from "../core/mod.ts";
import type { RequestCriteria } from "./find_requests.ts";
import { parseIds } from "./read_ids.ts";
import { requestStatus } from "./request_row.ts";

/** The flags of `find-requests`. */
export interface CriteriaFlags {
  /** List types in the place of requests. */
  listTypes: boolean;
  /** What the names of types begin with. */
  type: readonly string[];
  /** The ids of types. */
  typeId: readonly string[];
  /** The ids of districts. */
  district: readonly string[];
  /** Statuses, as numbers or names. */
  status: readonly string[];
}

/**
 * Turns flags and words into what to look for: requests, or types by a part of their name.
 *
 * @throws ValidationError that names the flag when a value is none, or flags contradict one another
 */
export function parseCriteria(
  flags: CriteriaFlags,
  words: readonly string[],
): RequestCriteria | { nameFilter: string } {
  const { listTypes, type, typeId, district, status } = flags;
  if (words.length > (listTypes ? 1 : 0)) {
    const extra = words[listTypes ? 1 : 0];
    throw usage(`unexpected argument "${extra}"; a NAME goes only with --list-types`);
  }
  if (listTypes) {
    if ([type, typeId, district, status].some((list) => list.length > 0)) {
      throw usage("--list-types goes without --type, --type-id, --district and --status");
    }
    return { nameFilter: words[0] ?? "" };
  }
  return {
    typeNames: type.length === 0 ? undefined : type,
    typeIds: typeId.length === 0 ? undefined : parseIds(typeId, "type id"),
    districtIds: district.length === 0 ? undefined : parseIds(district, "district id"),
    statuses: status.length === 0 ? undefined : status.map(parseStatus),
  };
}

function parseStatus(text: string): number {
  for (const [name, status] of Object.entries(requestStatus)) {
    if (text.toLowerCase() === name || text === String(status)) return status;
  }
  const names = Object.entries(requestStatus).map(([name, status]) => `${status} (${name})`);
  throw usage(`--status must be one of ${names.join(", ")}: it is ${JSON.stringify(text)}`);
}

function usage(message: string): ValidationError {
  return new ValidationError(message, { code: "USAGE" });
}
