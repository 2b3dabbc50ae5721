/** What the programs and servers behind the downloads mean when they fail. */

export * from "./drive_failure.ts";
export * from "./failure_rule.ts";
export * from "./ytdlp_failure.ts";
export { ytdlpRules } from "./ytdlp_rules.ts";
