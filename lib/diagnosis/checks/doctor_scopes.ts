/** Whose servers and settings are looked at besides those of all. */

import { readSettingsReport, type SettingScopes, type SettingsReport } from "../settings/mod.ts";

/** What is looked at besides the settings of all. */
export interface DoctorScopes {
  /** SFTP projects, of which the API is asked too. */
  projects: readonly string[];
  /** Districts of data requests, by their scopes (`district_7`). */
  districts: readonly string[];
  /** Profiles of Jira. */
  profiles: readonly string[];
}

/** Gives the scopes in which settings are read: that of all, and one for each name. */
export function settingScopesOf({ projects, districts, profiles }: DoctorScopes): SettingScopes[] {
  return [
    {},
    ...[...new Set([...projects, ...districts])].map((project) => ({ project })),
    ...[...new Set(profiles)].map((profile) => ({ profile })),
  ];
}

/**
 * Reads the settings in every scope and joins the reports: what a name has from the settings of all
 * counts once, and unread is what no scope reads.
 */
export async function readJoinedSettings(scopes: DoctorScopes): Promise<SettingsReport> {
  const [first, ...others] = await Promise.all(
    settingScopesOf(scopes).map((one) => readSettingsReport({ scopes: one })),
  );
  if (first === undefined) throw new Error("Cannot read the settings of no scope");
  const seen = new Set(first.settings.map(({ source }) => source));
  const messages = new Set(first.problems.map(({ message }) => message));
  const joined = { ...first, settings: [...first.settings], problems: [...first.problems] };
  for (const { settings, problems, unread } of others) {
    const own = settings.filter(({ source }) => source !== null && !seen.has(source));
    const news = problems.filter(({ message }) => !messages.has(message));
    joined.settings.push(...own);
    joined.problems.push(...news);
    joined.unread = joined.unread.filter(({ name }) => unread.some((one) => one.name === name));
    for (const { source } of own) seen.add(source);
    for (const { message } of news) messages.add(message);
  }
  return joined;
}
