#!/usr/bin/env -S deno run -q --no-prompt --env-file -P=track-downloads --allow-run=yt-dlp,kill --allow-read=${PWD},${HOME}/.local/state/opsdeck/downloads --allow-write=${PWD},${HOME}/.local/state/opsdeck/downloads
/**
 * Downloads what the rows of a CSV ask for, and keeps track of it in the CSV itself.
 * Network for videos and Drive; runs yt-dlp, and kill for its process group; reads and writes the
 * caller's folder (the CSV, the downloads); writes the history.
 *
 * Example: track-downloads run --csv people.csv --type youtube --resolution 720
 */

import {
  defineCommand,
  type OptionTable,
  type OptionValues,
  runScript,
  type Script,
} from "../lib/core/command_line/mod.ts";

const files = {
  csv: {
    type: "string",
    placeholder: "FILE",
    description: "The CSV",
    defaultText: "output.csv",
    configKey: "CSV_PATH",
  },
  ...columnOptions(),
} as const satisfies OptionTable;
const downloadsDir = {
  type: "string",
  placeholder: "FOLDER",
  description: "The folder of downloads",
  defaultText: "youtube_downloads",
  configKey: "DOWNLOADS_DIR",
} as const;
const type = {
  type: "string",
  choices: ["both", "youtube", "drive"],
  default: "both",
  description: "Which downloads",
} as const;
const pendingRule = {
  noIncludeFailed: { type: "boolean", description: "Leave out what has failed before" },
  retryAttempts: {
    type: "integer",
    min: 1,
    description: "Attempts in all, those of earlier runs included",
    defaultText: "3",
    configKey: "RETRY_ATTEMPTS",
  },
} as const satisfies OptionTable;
const dryRun = {
  type: "boolean",
  description: "Say what would be done, and change nothing",
} as const;

function columnOptions() {
  const column = (name: string, what: string) => ({
    type: "string",
    placeholder: "NAME",
    description: `The column of ${what}`,
    defaultText: name,
    configKey: `${name.toUpperCase()}_COLUMN`,
  } as const);
  return {
    rowIdColumn: column("row_id", "the row's id"),
    typeColumn: column("type", "the personality type"),
    nameColumn: column("name", "the person's name"),
    emailColumn: column("email", "the person's address"),
    youtubeColumn: column("youtube_playlist", "the video or playlist"),
    driveColumn: column("google_drive", "the link to Drive"),
  };
}

function library() {
  return import("../lib/downloads/mod.ts");
}

function choice({ type }: { type: string }): "both" | "youtube" | "drive" {
  return type === "youtube" || type === "drive" ? type : "both";
}

const runOptions = {
  ...files,
  downloadsDir,
  type,
  ...pendingRule,
  force: {
    type: "boolean",
    description: "Download again what pending rows have got already; without it, that is kept",
  },
  limit: { type: "integer", min: 1, description: "Downloads to begin", defaultText: "no limit" },
  transcriptOnly: { type: "boolean", description: "Only the subtitles of videos" },
  language: {
    type: "strings",
    placeholder: "TAG",
    description: "Language of the subtitles, with --transcript-only, such as pt-BR",
    defaultText: "en",
  },
  resolution: {
    type: "string",
    placeholder: "HEIGHT",
    description: "Greatest height of videos, such as 720p",
    defaultText: "the best there is",
  },
  outputFormat: {
    type: "string",
    placeholder: "FORMAT",
    description: "Video: mp4, mkv, mov, webm; sound: mp3, m4a, opus, flac, wav; subtitles: srt …",
    defaultText: "what the site offers",
  },
  exportFormat: {
    type: "string",
    placeholder: "FORMAT",
    description: "Format of Google's own documents, such as pdf",
    defaultText: "docx, xlsx, pptx",
  },
  concurrency: {
    type: "integer",
    min: 1,
    max: 64,
    description: "Downloads at once",
    defaultText: "4",
    configKey: "CONCURRENCY",
  },
  perHost: {
    type: "integer",
    min: 1,
    max: 64,
    description: "Downloads at once from one host",
    defaultText: "2",
    configKey: "PER_HOST",
  },
  delay: {
    type: "duration",
    description: "The pause between two starts at one host",
    defaultText: "1s",
    configKey: "DELAY_SECONDS",
  },
  maxWait: {
    type: "duration",
    default: 600_000,
    description: "What would wait longer for its host, or to be tried again, is left for later",
  },
  dryRun,
} as const satisfies OptionTable;

async function runSettings(options: OptionValues<typeof runOptions>) {
  const { downloadSettings } = await library();
  const { language, maxWait, noIncludeFailed } = options;
  return {
    ...options,
    ...downloadSettings(options),
    downloadType: choice(options),
    includeFailed: !noIncludeFailed,
    languages: language.length === 0 ? undefined : language,
    maxWaitMs: maxWait,
  };
}

const run = defineCommand({
  summary: "Download what is pending, record it in the CSV, and report",
  options: runOptions,
  examples: [
    "--csv people.csv --resolution 720 --output-format mp4",
    "--type youtube --transcript-only --limit 50 --dry-run",
  ],
  permissions: async (options) =>
    await (await library()).downloadPermissions(options, { downloads: choice(options) }),
  async run(options, context) {
    const downloads = await library();
    const settings = await runSettings(options);
    if (options.dryRun) {
      const preview = await downloads.previewRun(settings, context.signal);
      context.result(preview, () => downloads.runPreviewText(preview));
      return;
    }
    const watcher = downloads.watchRun(context);
    const report = await downloads.runDownloads(settings, watcher);
    watcher[Symbol.dispose]();
    context.result(report, () => downloads.runReportText(report));
    return downloads.isFlawlessRun(report) ? 0 : 1;
  },
});

const enhanceSchema = defineCommand({
  summary: "Add the tracking columns that the CSV lacks",
  options: { ...files, dryRun },
  examples: ["--csv people.csv", "--dry-run"],
  permissions: async (options) =>
    await (await library()).downloadPermissions(options, { writesCsv: !options.dryRun }),
  async run(options, { signal, result }) {
    const downloads = await library();
    const { csvPath, columns } = downloads.downloadSettings(options);
    const missing = await downloads.missingTrackingColumns(csvPath, { columns, signal });
    if (!options.dryRun) await downloads.ensureTrackingColumns(csvPath, { columns, signal });
    result(
      { csv_path: csvPath, columns_added: options.dryRun ? [] : missing, missing_columns: missing },
      () => {
        if (missing.length === 0) return `${csvPath} has all tracking columns`;
        return `${options.dryRun ? "Would add" : "Added"} to ${csvPath}: ${missing.join(", ")}`;
      },
    );
  },
});

const status = defineCommand({
  summary: "Count the downloads of the CSV by their status",
  options: files,
  examples: ["", "--csv people.csv --json"],
  permissions: async (options) => await (await library()).downloadPermissions(options, {}),
  async run(options, { signal, result }) {
    const downloads = await library();
    const { csvPath, columns } = downloads.downloadSettings(options);
    const summary = await downloads.getDownloadStatusSummary(csvPath, { columns, signal });
    result(summary, () => downloads.statusText(summary));
  },
});

const pending = defineCommand({
  summary: "List the rows that want downloads",
  options: {
    ...files,
    type,
    ...pendingRule,
    limit: { type: "integer", min: 1, description: "Rows to list", defaultText: "no limit" },
  },
  examples: ["--type youtube", "--no-include-failed --limit 20 --json"],
  permissions: async (options) => await (await library()).downloadPermissions(options, {}),
  async run(options, { signal, result }) {
    const downloads = await library();
    const { csvPath, columns, retryAttempts } = downloads.downloadSettings(options);
    const rows = await downloads.getPendingDownloads(
      csvPath,
      choice(options),
      !options.noIncludeFailed,
      retryAttempts,
      { columns, signal, ...(options.limit === undefined ? {} : { limit: options.limit }) },
    );
    result(rows, () => downloads.pendingText(rows));
  },
});

const failed = defineCommand({
  summary: "List the downloads whose last attempt failed, with their history",
  options: { ...files, type },
  examples: ["", "--type drive --json"],
  permissions: async (options) => await (await library()).downloadPermissions(options, {}),
  async run(options, { signal, result }) {
    const downloads = await library();
    const { csvPath, columns } = downloads.downloadSettings(options);
    const list = await downloads.getFailedDownloads(csvPath, choice(options), { columns, signal });
    result(list, () => downloads.failedText(list));
  },
});

const reset = defineCommand({
  summary: "Make rows pending again; their files stay, and only run --force replaces whole ones",
  positionals: "ROW_ID …",
  options: { ...files, type, dryRun },
  examples: ["17", "17 18 --type drive --csv people.csv"],
  permissions: async (options) =>
    await (await library()).downloadPermissions(options, { writesCsv: !options.dryRun }),
  async run(options, context) {
    const downloads = await library();
    const { csvPath, columns } = downloads.downloadSettings(options);
    const report = await downloads.resetRows(context.positionals, {
      csvPath,
      columns,
      downloadType: choice(options),
      dryRun: options.dryRun,
      signal: context.signal,
    });
    context.result(report, () => downloads.resetText(report));
    return downloads.isFlawlessReset(report) ? 0 : 1;
  },
});

const find = defineCommand({
  summary: "Find the row of a downloaded file, or with --row the files of a row",
  positionals: "FILE",
  options: {
    ...files,
    downloadsDir,
    row: { type: "string", placeholder: "ROW_ID", description: "Find the files of this row" },
  },
  examples: ["'Talk [abc]_row17_INFJ.mp4'", "--row 17 --json"],
  permissions: async (options) =>
    await (await library()).downloadPermissions(options, { readsDownloads: true }),
  async run(options, { positionals, signal, result }) {
    const downloads = await library();
    const found = await downloads.findRowOrFiles(
      { file: positionals, rowId: options.row },
      { ...downloads.downloadSettings(options), signal },
    );
    result(found, () => downloads.foundText(found));
    return found.found ? 0 : 1;
  },
});

const validateCsv = defineCommand({
  summary: "Check the CSV and its journal; changes nothing",
  positionals: "[FILE]",
  options: files,
  examples: ["people.csv", "--json"],
  async permissions(options, words) {
    const downloads = await library();
    const csv = downloads.csvArgument(words, options.csv);
    return await downloads.downloadPermissions({ ...options, csv }, {});
  },
  async run(options, { positionals, signal, result }) {
    const downloads = await library();
    const csv = downloads.csvArgument(positionals, options.csv);
    const { csvPath, columns } = downloads.downloadSettings({ ...options, csv });
    const problems = await downloads.validateCsvIntegrity(csvPath, { columns, signal });
    const isValid = !downloads.hasErrors(problems);
    result(
      { csv_path: csvPath, valid: isValid, problems },
      () => downloads.problemsText(problems, `${csvPath} is well`),
    );
    return isValid ? 0 : 1;
  },
});

const validateEnvironment = defineCommand({
  summary: "Check folders, free disk space, yt-dlp and ffmpeg",
  options: { csv: files.csv, downloadsDir },
  examples: ["", "--downloads-dir /srv/downloads --json"],
  permissions: async (options) =>
    await (await library()).downloadPermissions(options, { checksMachine: true }),
  async run(options, { signal, result }) {
    const downloads = await library();
    const { downloadsDir, ytdlpPath } = downloads.downloadSettings(options);
    const problems = await downloads.validateDownloadEnvironment({
      downloadsDir,
      ytdlpPath,
      signal,
    });
    const isValid = !downloads.hasErrors(problems);
    result(
      { valid: isValid, problems },
      () => downloads.problemsText(problems, "This machine can download"),
    );
    return isValid ? 0 : 1;
  },
});

const testErrorHandling = defineCommand({
  summary: "Handle made-up failures of every kind, and say what would be done about each",
  options: {},
  examples: ["", "--json"],
  permissions: () => Promise.resolve({ net: [], read: [] }),
  async run(_options, { result }) {
    const downloads = await library();
    const drill = downloads.drillErrorHandling();
    result(drill, () => downloads.errorDrillText(drill));
    return drill.passed ? 0 : 1;
  },
});

const monitor = defineCommand({
  summary: "Show how the downloads are: status, report, metrics or alerts",
  positionals: "status|report|metrics|alerts",
  options: {
    ...files,
    downloadsDir,
    detailed: { type: "boolean", description: "Add the failed downloads and critical errors" },
    html: {
      type: "string",
      placeholder: "FILE",
      description: "Write the report as an HTML page with charts, too",
    },
  },
  examples: ["status", "report --detailed --html report.html"],
  permissions: async (options) =>
    await (await library()).downloadPermissions(options, {
      readsDownloads: true,
      usesHistory: true,
      writes: [options.html],
    }),
  async run(options, { positionals, signal, result }) {
    const downloads = await library();
    const shown = await downloads.monitorDownloads(positionals, {
      ...downloads.downloadSettings(options),
      detailed: options.detailed,
      html: options.html,
      signal,
    });
    result(shown.value, shown.text);
    return shown.isWell ? 0 : 1;
  },
});

export const script: Script = {
  name: "track-downloads",
  summary: "Download what the rows of a CSV ask for, and keep track of it in the CSV",
  permissions: [
    "network: the hosts of videos, and Google Drive",
    "read, write: the folder it is run from (the CSV, the downloads), ~/.local/state/opsdeck/downloads",
    "env: opsdeck's own settings; sys: the free space of a file system",
    "run: yt-dlp, and kill for its process group",
  ],
  commands: {
    run,
    "enhance-schema": enhanceSchema,
    status,
    pending,
    failed,
    reset,
    find,
    "validate-csv": validateCsv,
    "validate-environment": validateEnvironment,
    "test-error-handling": testErrorHandling,
    monitor,
  },
};

if (import.meta.main) await runScript(script, import.meta.url);
