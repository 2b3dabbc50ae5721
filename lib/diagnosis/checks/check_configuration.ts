/** What show-config would complain about, as findings. */

import { countOf } from "../../core/command_line/mod.ts";
import { type CheckFinding, howToStart } from "../../core/mod.ts";
import { findingWords } from "./finding_words.ts";
import type { SettingsReport } from "../settings/mod.ts";

/** Gives one finding a problem, or one that all is well. */
export function checkConfiguration({ settings, problems, unread }: SettingsReport): CheckFinding[] {
  const set = settings.filter(({ status }) => status === "set").length;
  const findings = [
    ...problems.map(({ message }): CheckFinding => ({
      status: "failed",
      ...findingWords(message),
    })),
    ...unread.map(({ name, suggestion }): CheckFinding => ({
      status: "warning",
      found: `${name} is read by nothing`,
      advice: suggestion === null ? "correct it or unset it" : `did you mean ${suggestion}?`,
    })),
  ];
  if (findings.length > 0) return findings;
  const all = howToStart("show-config", "show-config");
  const found = `nothing is missing or malformed; ${
    countOf(set, "setting is", "settings are")
  } set (${all} shows all)`;
  return [{ status: "ok", found }];
}
