/**
 * Which settings there are: for each group, the very functions that the scripts read them by.
 *
 * No setting is named here but those that a reader asks for in some cases only.
 */

import { ConfigManager, readLogSettings } from "../../core/mod.ts";

/** Which of the names on the command line a group is looked up for first. */
export type ScopeKind = "flow" | "profile" | "project";

/** Names that settings are looked up for before the global ones. */
export type SettingScopes = Readonly<Partial<Record<ScopeKind, string | undefined>>>;

/** Settings that are read together. */
export interface SettingGroup {
  /** What they are for, in a line. */
  title: string;
  /** The scope in which they are looked up first; none for settings of fixed places. */
  scope?: ScopeKind;
  /** Gives functions that read all of them and throw for what is missing or cannot be used. */
  readers(scope: string | undefined): Promise<(() => unknown)[]>;
}

/** Every group of settings, by its name. */
export const settingGroups = {
  logging: {
    title: "Logging, of every script",
    readers: () => Promise.resolve([readLogSettings]),
  },
  queue_database: {
    title: "The queue's database",
    scope: "flow",
    readers: (flow) => databaseReaders(flow, "rpa_db"),
  },
  queue: {
    title: "The queue",
    scope: "flow",
    async readers(flow) {
      const { queueSettings } = await import("../../queue/mod.ts");
      return [() => queueSettings(flow)];
    },
  },
  source_database: {
    title: "The source database, of data requests",
    readers: () => databaseReaders(undefined, "SurveyHub"),
  },
  sftp: {
    title: "The SFTP server",
    scope: "project",
    async readers(project) {
      const { clientConfigOf, parseClientConfig } = await import("../../sftp/mod.ts");
      return [() => parseClientConfig(clientConfigOf(project))];
    },
  },
  poller: {
    title: "The poller's folders",
    scope: "project",
    async readers(project) {
      const { readPollerConfig } = await import("../../sftp/mod.ts");
      return [() => readPollerConfig(project ?? "global")];
    },
  },
  document_api: {
    title: "The API that is told of polled files",
    scope: "project",
    async readers(project) {
      const { readDocumentApi } = await import("../../sftp/mod.ts");
      return [() => readDocumentApi(project ?? "global")];
    },
  },
  jira: {
    title: "Jira",
    scope: "profile",
    async readers(profile) {
      const { readJiraSettings } = await import("../../jira/mod.ts");
      // An e-mail is asked for by the one kind of login only.
      const email = () => new ConfigManager(profile).lookup("JIRA_EMAIL");
      return [() => readJiraSettings(profile), email];
    },
  },
  jira_cache: {
    title: "The cache of Jira's answers",
    scope: "profile",
    async readers(profile) {
      const { readCacheSettings } = await import("../../jira/mod.ts");
      return [() => readCacheSettings(profile)];
    },
  },
  downloads: {
    title: "Downloads",
    async readers() {
      const { alertThresholdSettings, downloadSettings } = await import("../../downloads/mod.ts");
      return [() => downloadSettings(), () => alertThresholdSettings()];
    },
  },
} as const satisfies Record<string, SettingGroup>;

/** The name of a group. */
export type SettingGroupName = keyof typeof settingGroups;

/** The names of all groups, in the order in which they are shown. */
export const settingGroupNames: readonly SettingGroupName[] = [
  "logging",
  "queue_database",
  "queue",
  "source_database",
  "sftp",
  "poller",
  "document_api",
  "jira",
  "jira_cache",
  "downloads",
];

async function databaseReaders(flow: string | undefined, name: string): Promise<(() => unknown)[]> {
  const { databaseSettings } = await import("../../database/mod.ts");
  const config = () => new ConfigManager(flow);
  return [
    () => databaseSettings(config(), name),
    // A login is asked for only where the connection string has none.
    () => config().lookup("DB_USER", { database: name }),
    () => config().lookup("DB_PASSWORD", { database: name, secret: true }),
  ];
}
