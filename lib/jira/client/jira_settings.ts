/** Where a Jira site is and how to log in there, from the configuration. */

import {
  ConfigManager,
  type ConfigManagerOptions,
  ConfigurationError,
  readSettings,
  resolveCallerPath,
  type Secret,
} from "../../core/mod.ts";
import { parseSiteUrl } from "./site_url.ts";

/** A login: an e-mail address and an API token (Cloud), or a personal access token (Data Center). */
export type JiraLogin =
  | {
    /** Basic authentication, as Jira Cloud wants it for API tokens. */
    kind: "api-token";
    /** `JIRA_EMAIL`. */
    email: string;
    /** `JIRA_API_TOKEN`. */
    token: Secret;
  }
  | {
    /** Bearer authentication, as Jira Data Center (8.14 or later) wants it. */
    kind: "personal-token";
    /** `JIRA_PAT`. */
    token: Secret;
  };

/** What a client needs to know of a Jira site. */
export interface JiraSettings {
  /** `JIRA_URL`; its path, if any, ends with no slash. */
  site: URL;
  /** How to log in; a personal access token means Data Center with API 2, else Cloud with API 3. */
  login: JiraLogin;
  /** `JIRA_CA_FILE`: certificates (PEM) to trust beside the usual ones, as an absolute path. */
  caFile?: string;
  /** `JIRA_TIMEOUT_SECONDS`, in milliseconds: how long one request may take. Defaults to 60 s. */
  timeoutMs?: number;
  /**
   * `JIRA_MAX_WAIT_SECONDS`, in milliseconds: the longest wait that a rate limit is obeyed for.
   * Defaults to 10 minutes.
   */
  maxWaitMs?: number;
}

/** The settings that name a site or a login. */
export const siteKeys = ["JIRA_URL", "JIRA_EMAIL", "JIRA_API_TOKEN", "JIRA_PAT"] as const;

/**
 * Reads the settings of a profile, or the global ones.
 *
 * A profile is a flow of the configuration: `--profile work` looks for `DEVELOPMENT_WORK_JIRA_URL`
 * first and `DEVELOPMENT_GLOBAL_JIRA_URL` then.
 *
 * @throws ConfigurationError (exit code 2) that names every setting that is missing or invalid, and
 * for a profile of which nothing is set.
 */
export function readJiraSettings(
  profile?: string,
  options: ConfigManagerOptions = {},
): JiraSettings {
  const config = new ConfigManager(profile, options);
  requireKnownProfile(config, profile);
  const seconds = (key: string, fallback: number) =>
    config.getVariable(key, fallback, { min: 1, max: 86_400 }) * 1000;
  const { caFile, ...settings } = readSettings({
    site: () => readSite(config),
    login: () => readLogin(config),
    caFile: () => config.getVariable("JIRA_CA_FILE"),
    timeoutMs: () => seconds("JIRA_TIMEOUT_SECONDS", 60),
    maxWaitMs: () => seconds("JIRA_MAX_WAIT_SECONDS", 600),
  });
  return {
    ...settings,
    ...(caFile === undefined ? {} : { caFile: resolveCallerPath(caFile, options.env) }),
  };
}

function requireKnownProfile(config: ConfigManager, profile: string | undefined): void {
  if (profile === undefined) return;
  const isKnown = siteKeys.some((key) => {
    const isToken = key === "JIRA_API_TOKEN" || key === "JIRA_PAT";
    const found = isToken ? config.lookup(key, { secret: true }) : config.lookup(key);
    return found?.level === "flow";
  });
  if (isKnown) return;
  const [url] = config.candidates("JIRA_URL");
  throw new ConfigurationError(
    `Cannot use the profile "${profile}" as nothing is set for it; set ${url} and its login, or ` +
      "correct the name",
    { code: "PROFILE_UNKNOWN", context: { profile, candidates: siteKeys } },
  );
}

function readSite(config: ConfigManager): URL {
  const allowHttp = config.getVariable("JIRA_ALLOW_HTTP", false);
  const text = config.requireVariable("JIRA_URL");
  return parseSiteUrl(text, {
    source: config.lookup("JIRA_URL")?.source ?? "JIRA_URL",
    allowHttp,
    allowHttpVariable: config.candidates("JIRA_ALLOW_HTTP")[0] ?? "JIRA_ALLOW_HTTP",
  });
}

const levels = ["flow", "environment", "global", "bare"];

/** Of two logins the more specific one holds, as for any other setting. */
function readLogin(config: ConfigManager): JiraLogin {
  const personal = config.lookup("JIRA_PAT", { secret: true });
  const token = config.lookup("JIRA_API_TOKEN", { secret: true });
  if (personal === undefined && token === undefined) throw noLogin(config);
  const rank = (level: string | undefined) => level === undefined ? 9 : levels.indexOf(level);
  const order = rank(personal?.level) - rank(token?.level);
  if (personal !== undefined && token !== undefined && order === 0) {
    throw new ConfigurationError(
      `Cannot choose a login as ${personal.source} (Data Center) and ${token.source} (Cloud) are ` +
        "both set; unset one of them",
      { context: { settings: [personal.source, token.source] } },
    );
  }
  if (personal !== undefined && order < 0) {
    return { kind: "personal-token", token: checked(personal.value, personal.source) };
  }
  const email = config.requireVariable("JIRA_EMAIL");
  const source = token?.source ?? "JIRA_API_TOKEN";
  return {
    kind: "api-token",
    email,
    token: checked(token?.value ?? config.requireSecret("JIRA_API_TOKEN"), source),
  };
}

/** A token with a line end in it would fail as a header, with the token in the message. */
function checked(token: Secret, source: string): Secret {
  if (/^[\x21-\x7e]+$/.test(token.reveal())) return token;
  throw new ConfigurationError(
    `Cannot use ${source} as a token must be of letters, digits and signs alone, without blanks ` +
      "and line ends; copy it again",
    { context: { setting: source } },
  );
}

function noLogin(config: ConfigManager): ConfigurationError {
  const first = (key: string) => config.candidates(key)[0] ?? key;
  const names = ["JIRA_EMAIL", "JIRA_API_TOKEN", "JIRA_PAT"].map(first);
  const [email, token, pat] = names;
  return new ConfigurationError(
    `Cannot log in to Jira as no token is set; set ${email} and ${token} for Jira Cloud, or ` +
      `${pat} for Jira Data Center`,
    { code: "SETTING_MISSING", context: { candidates: names } },
  );
}
