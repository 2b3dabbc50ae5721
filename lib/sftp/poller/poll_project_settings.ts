/** What the configuration says about the projects that are polled. */

import { readSettings } from "../../core/mod.ts";
import {
  clientConfigOf,
  parseClientConfig,
  type SftpSettings,
  targetOfSettings,
} from "../settings/mod.ts";
import { type DocumentApi, readDocumentApi } from "./document_api.ts";
import {
  type PollerConfig,
  type PollerConfigOverrides,
  readPollerConfig,
} from "./poller_config.ts";

/** A project whose configuration is whole. */
export interface PollProject {
  /** How to reach its server. */
  settings: SftpSettings;
  /** What is polled there. */
  config: PollerConfig;
  /** Where its batches go; undefined when they go elsewhere than to the API. */
  api: DocumentApi | undefined;
}

/** How {@link readPollProjects} reads. */
export interface PollProjectOptions {
  /** Whether the projects call the API. Defaults to true. */
  usesApi?: boolean;
  /** What the command line says beyond the settings. */
  overrides?: PollerConfigOverrides;
}

/**
 * Reads the configuration of the projects, the private keys included. Nothing is connected to.
 *
 * @param names the projects; none stands for the settings of all, as the project `global`
 * @throws ConfigurationError that lists everything that is missing or malformed in any of them.
 */
export async function readPollProjects(
  names: readonly string[],
  { usesApi = true, overrides = {} }: PollProjectOptions = {},
): Promise<PollProject[]> {
  const unique = names.length === 0 ? [undefined] : [...new Set(names)];
  const projects = Object.values(readSettings(Object.fromEntries(
    unique.map((name) => [`project ${name}`, () => readProject(name, usesApi, overrides)]),
  )));
  for (const { settings } of projects) await targetOfSettings(settings);
  return projects;
}

function readProject(
  name: string | undefined,
  usesApi: boolean,
  overrides: PollerConfigOverrides,
): PollProject {
  const projectId = name ?? "global";
  const { settings, api, config } = readSettings({
    settings: () => parseClientConfig(clientConfigOf(name)),
    api: () => usesApi ? readDocumentApi(projectId) : undefined,
    config: () => readPollerConfig(projectId, overrides),
  });
  return { settings, api, config: { ...config, path: config.path ?? settings.path } };
}
