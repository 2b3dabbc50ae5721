/** Polling several projects in one process; the trouble of one is not the trouble of the others. */

import {
  ConfigurationError,
  ExitCode,
  OpsdeckError,
  toErrorResponse,
  withLogContext,
} from "../../core/mod.ts";
import { quoteName } from "../connection/mod.ts";
import { ConnectionPool } from "../pool/mod.ts";
import { apiTarget, deliverToApi } from "./document_api.ts";
import type { Deliver } from "./file_batch.ts";
import { pollEvery } from "./poll_every.ts";
import {
  emptyReport,
  isFlawlessButForWaiting,
  isFlawlessPass,
  type PollReport,
} from "./poll_report.ts";
import type { PollProject } from "./poll_project_settings.ts";
import { type PassOutcome, Poller } from "./poller.ts";
import { previewPoll } from "./preview_poll.ts";

/** Where the batches of all projects go. */
export interface BatchReceiver {
  /** Names it: a batch that was made for one receiver never goes to another. */
  target: string;
  /** Delivers a batch. */
  deliver: Deliver;
  /** Finds out, before anything is claimed, whether it can take batches now. */
  ready?: () => Promise<void>;
}

/** How {@link pollProjects} polls. */
export interface PollJobOptions {
  /** Stops: what is claimed stays in the journals for the next run. */
  signal: AbortSignal;
  /** Where batches go. Defaults to each project's API. */
  receiver?: BatchReceiver | undefined;
  /** Poll until stopped, with this time between passes, in milliseconds. Defaults to one pass. */
  intervalMs?: number | undefined;
  /** Only tell what would be claimed and sent. */
  dryRun?: boolean;
  /** Send failed batches again, with the first pass. */
  retryFailed?: boolean;
  /** Forget failed batches and claimed files that are gone, before the first pass. */
  forgetFailed?: boolean;
  /** Accept servers of which no key is known, and record their keys. */
  acceptNewHostKey?: boolean;
  /** Hears of every pass, as `pollEvery` says. */
  onReport: (report: PollReport) => void;
  /** Hears what the operator should know. */
  notice?: (text: string) => void;
}

/**
 * Polls all projects at the same time, each with its own journal.
 *
 * @returns the exit code: 0 when all is dealt with; that of the error when every project that
 * failed did so with the same one, 4 also where nothing is wrong but that batches wait as their
 * receiver could not be reached; else 1
 */
export async function pollProjects(
  projects: readonly PollProject[],
  options: PollJobOptions,
): Promise<number> {
  await using pool = new ConnectionPool({
    maxConnections: projects.length,
    acceptNewHostKey: options.acceptNewHostKey,
    onRecorded: options.notice,
    maxRetries: 0, // passes come again by themselves
  });
  const codes = await Promise.all(projects.map((project) =>
    withLogContext(
      { project_id: project.config.projectId },
      () => pollOne(project, pool, options),
    )
  ));
  const troubles = new Set(codes.filter((code) => code !== ExitCode.success));
  const [only = ExitCode.success] = troubles;
  return troubles.size > 1 ? ExitCode.failure : only;
}

/** Never throws: gives the exit code of the project. */
async function pollOne(
  project: PollProject,
  pool: ConnectionPool,
  options: PollJobOptions,
): Promise<number> {
  const { config, settings } = project;
  const { signal, onReport } = options;
  const connect = (wait: { signal?: AbortSignal | undefined }) => pool.get(settings, wait);
  let code: number = ExitCode.success;
  const tell = (outcome: PassOutcome) => {
    code = exitCodeOf(outcome);
    onReport(outcome.report);
  };
  try {
    if (options.dryRun) {
      const target = options.receiver?.target ?? apiTarget;
      const report = await previewPoll(config, connect, { target, signal });
      tell({ report, error: undefined, deferrals: [] });
      return code;
    }
    const receiver = options.receiver ?? apiReceiver(project);
    await using poller = await Poller.open({ config, connect, ...receiver });
    if (options.forgetFailed) await forgetFailed(poller, options);
    if (options.retryFailed) await poller.retryFailed();
    if (options.intervalMs === undefined) tell(await poller.pass({ signal }));
    else await pollEvery(poller, { intervalMs: options.intervalMs, signal, onPass: tell });
  } catch (error) {
    if (signal.aborted && error instanceof Error && error.name === "AbortError") return code;
    const report = emptyReport(config.projectId, new Date(), options.dryRun ?? false);
    tell({ report: { ...report, error: toErrorResponse(error) }, error, deferrals: [] });
  }
  return code;
}

async function forgetFailed(poller: Poller, { signal, notice }: PollJobOptions): Promise<void> {
  for (const path of await poller.forgetFailed({ signal })) {
    notice?.(`${poller.projectId}: forgot ${quoteName(path)}, which stays where it is`);
  }
}

function apiReceiver({ api, config }: PollProject): BatchReceiver {
  if (api !== undefined) return { target: apiTarget, deliver: deliverToApi(api) };
  throw new ConfigurationError(
    `Cannot poll the project "${config.projectId}" as nobody receives its batches; set ` +
      "DOC_AI_API_URL and API_SECRET, or use --enqueue",
  );
}

function exitCodeOf({ error, report, deferrals }: PassOutcome): number {
  if (error instanceof OpsdeckError) return error.exitCode;
  if (error !== undefined) return ExitCode.failure;
  if (isFlawlessPass(report)) return ExitCode.success;
  const isReceiverAway = deferrals.length > 0 && deferrals.every(isOfNetwork);
  return isReceiverAway && isFlawlessButForWaiting(report) ? ExitCode.network : ExitCode.failure;
}

function isOfNetwork(error: unknown): boolean {
  return error instanceof OpsdeckError && error.exitCode === ExitCode.network;
}
