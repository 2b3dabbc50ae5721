/** Deno's own refusals, turned into a configuration error that names the flag to add. */

import { ConfigurationError } from "./error_classes.ts";
import { errorChain, errorReason, textField } from "./error_fields.ts";
import { ErrorCategory } from "./opsdeck_error.ts";

/**
 * Gives a `ConfigurationError` with the code `PERMISSION_MISSING` when an error, or one underneath
 * it, says that Deno was not allowed to do something; else undefined.
 *
 * Resolving a host name without the permission comes as `EPERM` of `getaddrinfo`, everything else
 * as `Deno.errors.NotCapable`, which carries the flag in its message only.
 */
export function permissionMissing(error: unknown): ConfigurationError | undefined {
  for (const link of errorChain(error)) {
    if (link instanceof Deno.errors.NotCapable) {
      const [, need, flag] = refusal.exec(link.message) ?? [];
      const reason = need === undefined ? errorReason(link) : `Deno was given no ${need}`;
      return missing(reason, flag ?? "the --allow flag of that kind", error);
    }
    if (textField(link, "code") === "EPERM" && textField(link, "syscall") === "getaddrinfo") {
      const host = textField(link, "hostname") ?? "the host";
      return missing(`Deno was given no net access to "${host}"`, `--allow-net=${host}`, error);
    }
  }
  return undefined;
}

const refusal = /^Requires (.+?), run again with the (--allow-[a-z]+) flag/;

function missing(reason: string, flag: string, cause: unknown): ConfigurationError {
  return new ConfigurationError(
    `Cannot go on as ${reason}; add it with ${flag}: --print-permissions shows the whole line`,
    { code: "PERMISSION_MISSING", category: ErrorCategory.PERMISSION, cause },
  );
}
