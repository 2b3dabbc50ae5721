/** Whether a server is the one that it should be. */

export { fingerprintOf, hostKeyType } from "./fingerprint.ts";
export type { HostKeyOptions } from "./host_key_options.ts";
export { type HostKeyRules, hostKeyRules } from "./host_key_rules.ts";
export { parsePins } from "./parse_pins.ts";
