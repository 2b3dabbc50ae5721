/** Whether this machine can download. */

export {
  type EnvironmentOptions,
  validateDownloadEnvironment,
} from "./validate_download_environment.ts";
