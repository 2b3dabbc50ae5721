/** The sample: loaded when it is not there, and served. */

import { join } from "@std/path";
import { opsdeckHome } from "../../core/mod.ts";
import { openRequestDatabase } from "../request_database.ts";
import { checkIsEmbedded, hasRequests, loadSample } from "./load_sample.ts";
import { sampleRequests } from "./sample_data.ts";
import { writeSampleFiles } from "./sample_files.ts";
import { type SampleServer, serveSample } from "./serve_sample.ts";

/** What became of the sample. */
export interface SampleReport {
  /** `loaded`; `kept`: requests were there already; `planned`: with `dryRun`, it would be loaded. */
  status: "loaded" | "kept" | "planned";
  /** How many requests were, or would be, loaded. */
  requests: number;
  /** How many files were written. */
  files: number;
  /** The folder that they are in. */
  folder: string;
}

/** How the sample is loaded. */
export interface SampleOptions {
  /** Replace all requests and files that are there. */
  reset: boolean;
  /** Change nothing. */
  dryRun: boolean;
  /** Hears what the operator should know. */
  notice: (text: string) => void;
  /** Ends it. */
  signal: AbortSignal;
}

/** Gives the folder of the sample's files and settings. */
export function sampleFolder(): string {
  return join(opsdeckHome(), "requests-sample");
}

/**
 * Loads the sample into the embedded database and writes its files, unless requests are there.
 *
 * @throws ConfigurationError when the requests' database is not the embedded one
 */
export async function runSample(options: SampleOptions): Promise<SampleReport> {
  const { reset, dryRun, notice, signal } = options;
  checkIsEmbedded();
  const folder = sampleFolder();
  await using database = openRequestDatabase({ notice });
  if (!reset && await hasRequests(database)) {
    return { status: "kept", requests: 0, files: 0, folder };
  }
  const requests = sampleRequests(new Date());
  if (dryRun) return { status: "planned", requests: requests.length, files: 0, folder };
  const root = join(folder, "sftp");
  if (reset) await Deno.remove(root, { recursive: true }).catch(ignoreMissing);
  const files = await writeSampleFiles(root, requests, { signal });
  await loadSample(database, requests, { signal });
  return { status: "loaded", requests: requests.length, files, folder };
}

/** Serves the sample's files; see `serveSample`. */
export async function openSampleServer(port: number): Promise<SampleServer> {
  return await serveSample(sampleFolder(), port);
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
