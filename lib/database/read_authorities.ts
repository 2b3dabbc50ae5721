/** The file of the authorities whose certificates are trusted. */

import { ConfigurationError } from "../core/mod.ts";

/**
 * Reads a PEM file; `option` is what names it in the connection string.
 *
 * @throws ConfigurationError when it cannot be read; the code is `PERMISSION_MISSING` when Deno
 * may not.
 */
export async function readAuthorities(path: string, option: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) {
      throw new ConfigurationError(
        `Cannot read the authorities in "${path}" as Deno may not; add --allow-read=${path}`,
        { code: "PERMISSION_MISSING", cause: error },
      );
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError(
      `Cannot read the authorities in "${path}" as ${reason}; correct ${option}`,
      { cause: error },
    );
  }
}
