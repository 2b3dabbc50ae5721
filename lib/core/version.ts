/** The version of opsdeck, as `deno.json` has it. */

import manifest from "../../deno.json" with { type: "json" };

/** The version of opsdeck. */
export const version: string = manifest.version;
