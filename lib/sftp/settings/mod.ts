/** What the configuration says about SFTP servers. */

export {
  type ClientConfig,
  type ClientConfigKey,
  clientConfigOf,
  type SettingNames,
} from "./client_config.ts";
export { openConfigured, type OpenConfiguredOptions } from "./open_configured.ts";
export { type SftpNeeds, sftpPermissions } from "./sftp_permissions.ts";
export { parseClientConfig, type SftpSettings } from "./sftp_settings.ts";
export { targetOfSettings, type TrustOptions } from "./target_of_settings.ts";
