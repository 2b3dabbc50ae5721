/** Configuration, credentials, secrets and the paths that a caller means. */

// Every run waits for these files: they take node:path, as loading @std/path costs 17 ms.

export * from "./caller_path.ts";
export * from "./config_file.ts";
export * from "./config_manager.ts";
export * from "./configuration_files.ts";
export * from "./credential_manager.ts";
export * from "./environment_name.ts";
export * from "./environment_variable.ts";
export * from "./opsdeck_home.ts";
export * from "./parse_config_file.ts";
export * from "./pasted_key.ts";
export * from "./read_settings.ts";
export type { SettingLevel, SettingPlace } from "./setting_levels.ts";
export {
  type RecordOptions,
  recordSettings,
  type SettingLookup,
  type SettingMeaning,
  type SettingRecord,
  type SettingWish,
} from "./setting_record.ts";
export { settingType, type SettingValue, type ValueLimits } from "./setting_value.ts";
export { variableName } from "./variable_name.ts";
