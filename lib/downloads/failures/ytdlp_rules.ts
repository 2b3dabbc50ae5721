/**
 * What yt-dlp's last words mean. It has no machine-readable errors (yt-dlp issues #1659 and #2947),
 * so its text is matched. Read in yt-dlp 2025.04.30 and 2026.10.26; the sources of the rules are
 * paths within its `yt_dlp` folder.
 */

import type { FailureRule } from "./failure_rule.ts";
import { machineRules, processingRules, programRules } from "./ytdlp_machine_rules.ts";
import { networkRules } from "./ytdlp_network_rules.ts";
import { accessRules, limitRules } from "./ytdlp_site_rules.ts";

/** The table: the first rule that matches wins, so the most telling texts come first. */
export const ytdlpRules: readonly FailureRule[] = [
  ...machineRules,
  ...limitRules,
  ...accessRules,
  ...programRules,
  ...networkRules,
  ...processingRules,
];
