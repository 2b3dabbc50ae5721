/** The settings as a person reads them. */

import { singleLine, textTable } from "../../core/command_line/mod.ts";
import type { EffectiveSetting } from "./effective_setting.ts";
import { settingGroups } from "./setting_groups.ts";
import type { SettingProblem, SettingsReport } from "./settings_report.ts";

/** What {@link settingsText} leaves out. */
export interface SettingsTextOptions {
  /** Only what is wrong. */
  problemsOnly?: boolean;
}

/** Writes the settings by group, one a line, and then what is wrong. */
export function settingsText(
  report: SettingsReport,
  { problemsOnly = false }: SettingsTextOptions = {},
): string {
  const groups = problemsOnly ? [] : groupTexts(report.settings);
  return [...groups, problemsText(report)].join("\n\n");
}

/** One table, so that the columns of all groups are aligned. */
function groupTexts(settings: readonly EffectiveSetting[]): string[] {
  const headings = ["SETTING", "VALUE", "DEFAULT", "TYPE", "FROM"];
  const [heading = "", ...lines] = textTable(
    headings,
    settings.map((setting) => [
      setting.name,
      valueText(setting),
      shownValue(setting.default),
      setting.type,
      originText(setting),
    ]),
  ).split("\n");
  const byGroup = Map.groupBy(
    settings.map((setting, index) => ({ group: setting.group, line: lines[index] ?? "" })),
    ({ group }) => group,
  );
  return [...byGroup].map(([group, rows]) =>
    [titleOf(group), heading, ...rows.map(({ line }) => line)].join("\n")
  );
}

function titleOf(group: EffectiveSetting["group"]): string {
  return group === "place" ? "Where opsdeck looks" : settingGroups[group].title;
}

function valueText({ status, value }: EffectiveSetting): string {
  if (status === "missing" || status === "invalid") return status.toUpperCase();
  return value === null ? "-" : shownValue(value);
}

function shownValue(value: EffectiveSetting["value"]): string {
  if (value === null) return "-";
  return typeof value === "object" ? value.join(",") : String(value);
}

function originText({ source, status }: EffectiveSetting): string {
  if (source !== null) return source;
  return status === "default" ? "default" : "not set";
}

function problemsText({ problems, unread }: SettingsReport): string {
  if (problems.length + unread.length === 0) return "No problems";
  return [
    ...problems.length === 0 ? [] : ["Problems:"],
    ...problems.map((problem) => `  ${singleLine(problem.message)}${affected(problem)}`),
    ...unread.length === 0 ? [] : ["Read by nothing:"],
    ...unread.map(({ name, suggestion }) =>
      singleLine(`  ${name}${suggestion === null ? "" : `, did you mean ${suggestion}?`}`)
    ),
  ].join("\n");
}

function affected({ scripts }: SettingProblem): string {
  return scripts.length === 0 ? "" : ` (${scripts.join(", ")})`;
}
