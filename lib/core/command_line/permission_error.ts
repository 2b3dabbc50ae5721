/** What a script says when Deno refused it something: the whole line that would be allowed. */

import { callerDirectory } from "../config/caller_path.ts";
import { opsdeckHome } from "../config/opsdeck_home.ts";
import { ConfigurationError } from "../errors/error_classes.ts";
import { bakedFlags } from "../executable.ts";
import { errorChain } from "../errors/error_fields.ts";
import type { PermissionNeeds } from "./command.ts";

// Deno's sentence, or the one that `permissionMissing` makes of it.
const refusal = /(?:Requires|given no) (net|read|write|run|sys|env|ffi|import) access to "(.+?)"/;

/**
 * Gives an error that names what was refused and ends with the line to run instead, and with what
 * to do `afterwards`.
 *
 * `needs` gives what the run needs as far as its configuration tells. When that cannot be read
 * either, the line has the folders of the permission set and what was refused. No line gives what
 * the set leaves out for good, such as foreign functions.
 */
export async function withPermissionLine(
  error: Error,
  needs: () => Promise<PermissionNeeds>,
  line: (needs: PermissionNeeds) => Promise<string>,
  afterwards?: string,
): Promise<ConfigurationError> {
  const [, kind, value = ""] = errorChain(error)
    .map((link) => refusal.exec(link instanceof Error ? link.message : "") ?? [])
    .find((match) => match.length > 0) ?? [];
  const what = kind === undefined
    ? error.message.replace(/; (run again|add it) with .*$/, "")
    : `Cannot proceed as the script has no ${kind} permission for "${value}"`;
  const advice = bakedFlags() !== undefined
    ? "this executable's permissions are baked in: --print-permissions lists them"
    : kind === undefined || isListed(kind)
    ? `run it as: ${await line(await widened(needs, kind, value))}${
      afterwards === undefined ? "" : `; ${afterwards}`
    }`
    : "its permission set in deno.json leaves that out for good";
  return new ConfigurationError(`${what}; ${advice}`, { code: "PERMISSION_MISSING", cause: error });
}

async function widened(
  needs: () => Promise<PermissionNeeds>,
  kind: keyof PermissionNeeds | undefined,
  value: string,
): Promise<PermissionNeeds> {
  const known = await needs()
    .catch((): PermissionNeeds => ({ read: [callerDirectory(), opsdeckHome()] }));
  // A network that is not listed is as wide as the set has it.
  if (kind === undefined || (kind === "net" && known.net === undefined)) return known;
  const listed = known[kind] ?? [];
  // The refusal of a name has no port, and a host that is listed without one covers all of its.
  const isThere = kind === "net" &&
    listed.some((one) => one.startsWith(`${value}:`) || value.startsWith(`${one}:`));
  return isThere ? known : { ...known, [kind]: [...listed, value] };
}

function isListed(kind: string): kind is keyof PermissionNeeds {
  return kind === "net" || kind === "read" || kind === "write" || kind === "run";
}
