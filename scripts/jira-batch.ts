#!/usr/bin/env -S deno run -q --no-prompt --env-file -P=jira-batch --allow-read=${PWD},${HOME}/.local/state/opsdeck/jira --allow-write=${HOME}/.local/state/opsdeck/jira
/**
 * Jira in bulk: fetch issues through the cache, search, run many requests with a journal.
 * Network for the Jira site; reads the caller's folder; writes cache and journals.
 *
 * Example: jira-batch fetch --jql 'project = OPS and status = Open' --fields summary,status
 */

import {
  countOf,
  defineCommand,
  type OptionTable,
  runScript,
  type Script,
} from "../lib/core/command_line/mod.ts";

const profile = {
  type: "string",
  placeholder: "NAME",
  description: "The profile (a flow of the configuration) whose site and login are used",
  defaultText: "the global settings",
} as const satisfies OptionTable[string];
const maxConcurrent = {
  type: "integer",
  min: 1,
  max: 100,
  default: 10,
  description: "Requests at once; rate limits may ask for fewer",
} as const satisfies OptionTable[string];
const limit = {
  type: "integer",
  min: 1,
  description: "Issues in all",
  defaultText: "no limit",
} as const satisfies OptionTable[string];
const issueOutput = {
  fields: {
    type: "strings",
    placeholder: "NAMES",
    description: "Fields to ask for, separated by commas",
    defaultText: "*navigable; summary,status,assignee,updated for CSV",
  },
  expand: { type: "strings", placeholder: "NAMES", description: "What to expand, as changelog" },
  format: {
    type: "string",
    choices: ["ndjson", "json", "csv"],
    default: "ndjson",
    description: "One JSON line an issue as they come, one document at the end, or CSV",
  },
} as const satisfies OptionTable;

function library() {
  return import("../lib/jira/mod.ts");
}

function issueOptions(given: { fields: string[]; expand: string[]; format: string }) {
  const names = (values: string[]) =>
    values.flatMap((value) => value.split(",")).map((name) => name.trim()).filter((n) => n !== "");
  const fields = names(given.fields);
  const csvFields = ["summary", "status", "assignee", "updated"];
  return {
    fields: fields.length === 0 && given.format === "csv" ? csvFields : fields,
    expand: names(given.expand),
  };
}

const fetch = defineCommand({
  summary:
    "Fetch issues by key: from the cache, and the rest from Jira in as few calls as it allows",
  positionals: "[KEY …]",
  options: {
    file: {
      type: "string",
      placeholder: "FILE",
      description: "A file of keys separated by blanks, commas or line ends; - is standard input",
    },
    jql: { type: "string", placeholder: "QUERY", description: "A query that finds the keys" },
    limit,
    ...issueOutput,
    cache: {
      type: "string",
      choices: ["on", "off"],
      default: "on",
      description: "Whether issues are taken from the cache and stored there",
    },
    allowStale: {
      type: "boolean",
      description: "Where Jira cannot be reached, take issues past their time from the cache",
    },
    plan: { type: "boolean", description: "Say how many hits, misses and calls, and make none" },
    maxConcurrent,
    profile,
  },
  examples: [
    "OPS-1 OPS-2 OPS-3 --fields summary,status",
    "--jql 'project = OPS and updated > -1d' --format csv",
  ],
  permissions: async ({ profile, file }) =>
    (await library()).jiraPermissions({ profile, files: [file] }),
  async run(options, context) {
    const jira = await library();
    const { signal } = context;
    const source = { keys: context.positionals, file: options.file, jql: options.jql };
    jira.checkKeySource(source);
    const { fields, expand } = issueOptions(options);
    const format = jira.issueFormat(options.format, context.json);
    using client = jira.openJiraClient(options.profile);
    using cache = jira.openIssueCache({ ...options, isUsed: options.cache === "on" });
    if (options.plan) {
      const { limit } = options;
      const plan = await jira.planFetchJob(client, source, { cache, fields, expand, limit });
      return context.result(plan, () => jira.fetchPlanText(plan));
    }
    using progress = context.progress({ label: "Fetching", unit: "issues" });
    const writer = jira.createIssueWriter(format, context, {
      fields,
      isByKey: true,
      marksStale: options.allowStale,
    });
    const summary = await jira.runFetchJob(client, source, writer, {
      cache,
      fields,
      expand,
      signal,
      limit: options.limit,
      allowStale: options.allowStale,
      maxConcurrent: options.maxConcurrent,
      onSettled: (count) => progress.advance(count),
    });
    progress[Symbol.dispose]();
    context.note(jira.fetchSummaryText(summary));
    return summary.exit_code;
  },
});

const search = defineCommand({
  summary: "Search issues with JQL and print them page by page, however many they are",
  positionals: "QUERY",
  options: { limit, ...issueOutput, profile },
  examples: [
    "'project = OPS order by created' --fields summary,status",
    "'assignee = currentUser()' --format csv --limit 500",
  ],
  permissions: async ({ profile }) => (await library()).jiraPermissions({ profile }),
  async run(options, context) {
    const jira = await library();
    const jql = jira.oneQuery(context.positionals);
    const { fields, expand } = issueOptions(options);
    const format = jira.issueFormat(options.format, context.json);
    using client = jira.openJiraClient(options.profile);
    using progress = context.progress({ label: "Searching", unit: "issues" });
    const writer = jira.createIssueWriter(format, context, { fields, isByKey: false });
    const found = await jira.runSearchJob(client, jql, writer, {
      ...(fields.length === 0 ? {} : { fields }),
      expand,
      limit: options.limit,
      signal: context.signal,
      onFound: (count) => progress.advance(count),
      onRestart: (count) =>
        context.note(
          `Jira lost the place after ${countOf(count, "issue")}; searching from the beginning`,
        ),
    });
    progress[Symbol.dispose]();
    context.note(countOf(found, "issue"));
  },
});

const run = defineCommand({
  summary:
    "Send the requests of an NDJSON file (- is standard input), each of them once over all runs",
  positionals: "FILE",
  options: {
    retryUncertain: {
      type: "boolean",
      description: "Send writes again that may have been done; without it they are left alone",
    },
    restart: {
      type: "boolean",
      description:
        "Forget what earlier runs of this file have done; for -, those of all standard input",
    },
    dryRun: { type: "boolean", description: "Say what would be sent, and change nothing" },
    maxConcurrent,
    profile,
  },
  examples: ["requests.ndjson --dry-run", "requests.ndjson --json > results.ndjson"],
  permissions: async ({ profile }, files) => (await library()).jiraPermissions({ profile, files }),
  async run(options, context) {
    const jira = await library();
    using client = jira.openJiraClient(options.profile);
    const file = await jira.openRequestFile(client, jira.oneFile(context.positionals));
    if (options.dryRun) {
      const plan = await jira.planRun(file, options);
      return context.result({ dry_run: true, requests: plan }, () => jira.runPlanText(plan));
    }
    using progress = context.progress({
      label: "Running",
      unit: "requests",
      total: file.requests.length,
    });
    const report = await jira.runFileJob(client, file, {
      ...options,
      signal: context.signal,
      onResult: (request, result) => {
        progress.advance(1);
        const { line, id, method, endpoint } = request;
        context.line(
          { line, id, method, endpoint, ...result },
          () => jira.runResultText(request, result),
        );
      },
    });
    progress[Symbol.dispose]();
    context.note(jira.runSummaryText(report));
    return report.exit_code;
  },
});

const verify = defineCommand({
  summary: "Ask Jira who we are: tells a wrong login from an empty result",
  options: { profile },
  examples: ["", "--profile work --json"],
  permissions: async ({ profile }) => (await library()).jiraPermissions({ profile }),
  async run({ profile }, context) {
    const jira = await library();
    using client = jira.openJiraClient(profile);
    const report = await jira.verifyLogin(client, { signal: context.signal });
    context.result(report, () => jira.loginText(report));
  },
});

const cache = defineCommand({
  summary: "Look at the cache or mend it: stats, get KEY, invalidate, clear, repair",
  positionals: "stats | get KEY | invalidate | clear | repair",
  options: {
    category: {
      type: "string",
      choices: ["issue", "project", "user", "field", "search"],
      description: "get: the category looked in; invalidate: only this category",
    },
    key: { type: "string", placeholder: "KEY", description: "invalidate: exactly this key" },
    pattern: {
      type: "string",
      placeholder: "PATTERN",
      description: "invalidate: keys that match, with * and ? as wildcards",
    },
    allowStale: { type: "boolean", description: "get: an entry past its time will do" },
    dryRun: { type: "boolean", description: "Say what would be done, and change nothing" },
  },
  examples: ["stats", "invalidate --pattern 'OPS-*' --dry-run"],
  permissions: async () => (await cacheLibrary()).cachePermissions(),
  async run(options, context) {
    const { category, key, pattern, allowStale, dryRun } = options;
    const { runCacheCommand } = await cacheLibrary();
    const done = await runCacheCommand(
      context.positionals,
      { category, key, pattern, allowStale, dryRun },
      context.signal,
    );
    context.result(done.document, () => done.text);
    if (done.note !== undefined) context.note(done.note);
  },
});

// The cache's commands need neither client nor batcher.
function cacheLibrary() {
  return import("../lib/jira/cache/mod.ts");
}

export const script: Script = {
  name: "jira-batch",
  summary: "Jira in bulk: fetch through a cache, search, run many requests, each of them once",
  permissions: [
    "network: the Jira site of the configuration",
    "read: the folder it is run from, and ~/.local/state/opsdeck/jira",
    "write: ~/.local/state/opsdeck/jira (cache and journals)",
    "env: opsdeck's own settings; run: nothing",
  ],
  commands: { fetch, search, run, verify, cache },
};

if (import.meta.main) await runScript(script, import.meta.url);
