/** Whether this machine can download. */

export { checkYtdlp } from "./check_ytdlp.ts";
export {
  type EnvironmentOptions,
  validateDownloadEnvironment,
} from "./validate_download_environment.ts";
