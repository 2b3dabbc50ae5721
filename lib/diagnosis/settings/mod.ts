/** Every setting of every script: what holds, where it came from, what is wrong. */

export { type EffectiveSetting, withoutLogin } from "./effective_setting.ts";
export {
  type GroupRecord,
  leavesOf,
  recordGroups,
  type SecretFile,
  secretFiles,
} from "./record_groups.ts";
export { groupsOf, type ScriptSettings, scriptSettings } from "./script_settings.ts";
export {
  type ScopeKind,
  type SettingGroup,
  type SettingGroupName,
  settingGroupNames,
  settingGroups,
  type SettingScopes,
} from "./setting_groups.ts";
export {
  readSettingsReport,
  type SettingProblem,
  settingsExitCode,
  type SettingsReport,
  type SettingsReportOptions,
} from "./settings_report.ts";
export { checkScriptNames, type ScopeFlags, settingsScopes } from "./settings_options.ts";
export { settingsPermissions } from "./settings_permissions.ts";
export { settingsText, type SettingsTextOptions } from "./settings_text.ts";
export type { UnreadSetting } from "./unread_settings.ts";
