/** Whether a server is the one that it should be. */

export { fingerprintOf } from "./fingerprint.ts";
export { hostKeyRules } from "./host_key_rules.ts";
export { parsePins } from "./parse_pins.ts";
