/** Running track-downloads in the sandbox of a run. */

import type { RunSandbox } from "../downloads/run_sandbox.ts";
import {
  type RunningScript,
  type RunScriptOptions,
  type ScriptResult,
  startScript,
} from "../support/run_script.ts";

/** No pause between starts: what a test asks is on this machine. */
export const polite = ["--delay", "0ms"];

/** What the script finds in its environment. */
export function environment(place: RunSandbox): Record<string, string> {
  return {
    HOME: place.home,
    DEVELOPMENT_DOWNLOADS_DRIVE_BASE_URL: place.drive.url.href,
    DEVELOPMENT_DOWNLOADS_ALERT_MIN_FREE_DISK_GB: "0",
  };
}

/** Runs the script in the sandbox's folder and waits for its end. */
export async function track(
  place: RunSandbox,
  args: readonly string[],
  options: RunScriptOptions = {},
): Promise<ScriptResult> {
  await using script = startTrack(place, args, options);
  return await script.result;
}

/** Starts the script in the sandbox's folder. */
export function startTrack(
  place: RunSandbox,
  args: readonly string[],
  options: RunScriptOptions = {},
): RunningScript {
  return startScript("track-downloads", args, {
    cwd: place.folder,
    ...options,
    env: { ...environment(place), ...options.env },
  });
}

/** How often each of Drive's files was asked for. */
export function timesAsked(place: RunSandbox): number[] {
  const ids = place.drive.requests.filter(({ path }) => path.endsWith("/download"))
    .map(({ query }) => query["id"] ?? "");
  return [...Map.groupBy(ids, (id) => id).values()].map(({ length }) => length);
}
