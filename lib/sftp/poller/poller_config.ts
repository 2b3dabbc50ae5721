/** What a project's poller takes from where, and what it tells about it. */

import { ConfigManager, ConfigurationError, readSettings } from "../../core/mod.ts";
import { quoteName, remotePath } from "../connection/mod.ts";
import { checkTimeZone } from "./day_folder.ts";

/** How a project's files are polled. */
export interface PollerConfig {
  /** The project; its journal bears its name. */
  projectId: string;
  /** The base folder on the server. Defaults to the one that the login starts in. */
  path?: string | undefined;
  /** The folder under the base in which files appear. */
  sourceFolder: string;
  /** The folder under the base in which each day gets its folder of claimed files. */
  inProgressFolder: string;
  /** The zone whose calendar gives the day's folder its name. Defaults to `UTC`. */
  timeZone?: string | undefined;
  /** How the receiver is to read the files. Defaults to none. */
  profileCode?: string | undefined;
  /** Who is said to have uploaded them. Defaults to `SFTP`. */
  uploadedBy?: string | undefined;
  /** Where they are said to come from. Defaults to `SFTP`. */
  source?: string | undefined;
  /** How many files go out together, at most. Defaults to 5. */
  batchSize?: number | undefined;
  /** How far apart the two looks are between which a file must not change. Defaults to 1200. */
  stableMs?: number | undefined;
}

/** What the caller of {@link readPollerConfig} knows better than the settings. */
export type PollerConfigOverrides = Partial<Omit<PollerConfig, "projectId">>;

/**
 * Completes a project's configuration from the settings `SOURCE_FILES`, `IN_PROGRESS_PATH`,
 * `POLL_TIME_ZONE` and `PROFILE_CODE`, each looked up for the project, then for all, then bare.
 *
 * @throws ConfigurationError that lists everything that is missing or malformed.
 */
export function readPollerConfig(
  projectId: string,
  overrides: PollerConfigOverrides = {},
  config: ConfigManager = new ConfigManager(projectId),
): PollerConfig {
  const settings = readSettings({
    sourceFolder: () => overrides.sourceFolder ?? config.requireVariable("SOURCE_FILES"),
    inProgressFolder: () =>
      overrides.inProgressFolder ?? config.requireVariable("IN_PROGRESS_PATH"),
    timeZone: () => {
      const source = config.lookup("POLL_TIME_ZONE")?.source;
      return checkTimeZone(
        overrides.timeZone ?? config.getVariable("POLL_TIME_ZONE", "UTC").trim(),
        source,
      );
    },
    profileCode: () => overrides.profileCode ?? config.getVariable("PROFILE_CODE"),
  });
  const whole = { ...overrides, projectId, ...settings };
  checkFolders(whole, config);
  return whole;
}

/** The paths of a project on its server. */
export interface PollerFolders {
  source: string;
  inProgress: string;
}

/** Puts the folders of a configuration under the base folder. */
export function pollerFolders(base: string, config: PollerConfig): PollerFolders {
  return {
    source: remotePath(base, trimSlashes(config.sourceFolder)),
    inProgress: remotePath(base, trimSlashes(config.inProgressFolder)),
  };
}

/** A poller whose claimed files are new files to it would never end. */
function checkFolders(config: PollerConfig, settings: ConfigManager): void {
  const { source, inProgress } = pollerFolders("", config);
  const [sourceName = ""] = settings.candidates("SOURCE_FILES");
  const [inProgressName = ""] = settings.candidates("IN_PROGRESS_PATH");
  if (isPlain(source) && isPlain(inProgress) && source !== inProgress) return;
  throw new ConfigurationError(
    `Cannot poll the project "${config.projectId}" as ${sourceName} and ${inProgressName} must be ` +
      `two different folders under the base folder, without "." and "..": they are ` +
      `${quoteName(source)} and ${quoteName(inProgress)}; correct them`,
    { context: { setting: sourceName, value: source } },
  );
}

function isPlain(folder: string): boolean {
  return folder.split("/").every((segment) => !["", ".", ".."].includes(segment));
}

function trimSlashes(folder: string): string {
  return folder.trim().replace(/^\/+|\/+$/g, "");
}
