/** The version of opsdeck, as `deno.json` has it. */

import manifest from "../../deno.json" with { type: "json" };

/** The version of opsdeck. */
export const version: string = manifest.version;

/** The version of Deno that opsdeck is made for and tested with. */
export const testedDenoVersion = "2.9.6";
