/** What a script says when Deno refused it something: the whole line that would be allowed. */

import { callerDirectory } from "../config/caller_path.ts";
import { opsdeckHome } from "../config/opsdeck_home.ts";
import { ConfigurationError } from "../errors/error_classes.ts";
import { errorChain } from "../errors/error_fields.ts";
import type { PermissionNeeds } from "./command.ts";

// Deno's sentence, or the one that `permissionMissing` makes of it.
const refusal = /(?:Requires|given no) (net|read|write|run) access to "(.+?)"/;

/**
 * Gives an error that names what was refused and ends with the line to run instead.
 *
 * `needs` gives what the run needs as far as its configuration tells. When that cannot be read
 * either, the line has the folders of the permission set and what was refused.
 */
export async function withPermissionLine(
  error: Error,
  needs: () => Promise<PermissionNeeds>,
  line: (needs: PermissionNeeds) => Promise<string>,
): Promise<ConfigurationError> {
  const [, kind, value = ""] = errorChain(error)
    .map((link) => refusal.exec(link instanceof Error ? link.message : "") ?? [])
    .find((match) => match.length > 0) ?? [];
  const what = kind === undefined
    ? error.message.replace(/; (run again|add it) with .*$/, "")
    : `Cannot proceed as the script has no ${kind} permission for "${value}"`;
  const known = await needs()
    .catch((): PermissionNeeds => ({ read: [callerDirectory(), opsdeckHome()] }));
  const all = isListed(kind) ? { ...known, [kind]: [...(known[kind] ?? []), value] } : known;
  return new ConfigurationError(`${what}; run it as: ${await line(all)}`, {
    code: "PERMISSION_MISSING",
    cause: error,
  });
}

function isListed(kind: string | undefined): kind is "read" | "write" | "run" {
  return kind === "read" || kind === "write" || kind === "run";
}
