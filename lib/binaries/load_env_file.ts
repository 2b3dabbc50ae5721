/** The `.env` of the caller's folder, for an executable that Deno does not read it for. */

import { parseEnv } from "node:util";

/**
 * Sets the variables of `.env` in the working folder that are not set yet. One that Deno's
 * permissions refuse stays as it is; a file that is not there or may not be read gives none.
 */
export function loadEnvFile(): void {
  let text: string;
  try {
    text = Deno.readTextFileSync(".env");
  } catch {
    return;
  }
  for (const [name, value = ""] of Object.entries(parseEnv(text))) {
    // A name under --deny-env is refused with --ignore-env too, and a shared file may well have it.
    whereAllowed(() => {
      if (Deno.env.get(name) === undefined) Deno.env.set(name, value);
    });
  }
}

/** Removes a variable, unless Deno's permissions refuse it. */
export function forgetVariable(name: string): void {
  whereAllowed(() => Deno.env.delete(name));
}

function whereAllowed(change: () => void): void {
  try {
    change();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
  }
}
