/** What a test of runs stands on: a CSV, a Drive, a site with videos, and folders of its own. */

import { join } from "@std/path";
import {
  type DownloadRunReport,
  runDownloads,
  type RunSettings,
  type RunWatch,
} from "../../lib/downloads/mod.ts";
import { ErrorHandler } from "../../lib/core/mod.ts";
import { type DriveServer, type DriveThing, startDriveServer } from "../fakes/drive_server.ts";
import { type MediaSite, startMediaSite } from "../support/media_site.ts";
import { csvRows } from "../support/raw_csv.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

/** A place for one test. */
export interface RunSandbox extends AsyncDisposable {
  /** The folder that holds the CSV, the downloads and the home. */
  folder: string;
  /** The CSV, `output.csv` in that folder. */
  csv: string;
  /** The folder of downloads. */
  downloads: string;
  /** The home of scripts; opsdeck's state is in it. */
  home: string;
  /** What answers for Google. */
  drive: DriveServer;
  /** What has videos. */
  site: MediaSite;
  /** Puts something into Drive and gives a link to it. */
  put(thing: DriveThing): string;
  /** Puts a small file into Drive and gives a link to it. */
  putFile(name: string, text?: string): string;
  /** Writes the CSV: a row for each pair of addresses, with the ids 1, 2, 3 … */
  rows(addresses: readonly { youtube?: string; drive?: string }[]): Promise<void>;
  /** Reads the rows of the CSV. */
  read(): Promise<Record<string, string>[]>;
  /** Gives the names in the folder of downloads, without attempts and metadata. */
  published(): string[];
  /** Runs the library's workflow without pauses and waits. */
  run(settings?: RunSettings, watch?: RunWatch): Promise<DownloadRunReport>;
}

/** Decides as the real one does, and waits for nothing. */
export const impatient = new class extends ErrorHandler {
  override getRetryDelay(): number {
    return 0;
  }
}();

/** Makes a place for one test. */
export async function runSandbox(): Promise<RunSandbox> {
  const temporary = await temporaryFolder("run");
  const folder = await Deno.realPath(temporary.path);
  const home = join(folder, "home");
  await Deno.mkdir(home);
  const drive = startDriveServer();
  const site = startMediaSite();
  const csv = join(folder, "output.csv");
  const downloads = join(folder, "youtube_downloads");
  let count = 0;
  const put = (thing: DriveThing) => {
    const id = `1${String(++count).padStart(4, "0")}_abcdefghijklmnopqrstuvwxy-Z`;
    drive.things.set(id, thing);
    return `https://drive.google.com/file/d/${id}/view`;
  };
  return {
    folder,
    csv,
    downloads,
    home,
    drive,
    site,
    put,
    putFile: (name, text = `the content of ${name}`) =>
      put({
        kind: "file",
        name,
        file: { bytes: new TextEncoder().encode(text), etag: `"${name}"` },
      }),
    async rows(addresses) {
      const lines = addresses.map(({ youtube = "", drive = "" }, index) =>
        `${index + 1},INFJ,Ann ${index + 1},a${index + 1}@x.org,${youtube},${drive}`
      );
      const header = "row_id,type,name,email,youtube_playlist,google_drive";
      await Deno.writeTextFile(csv, [header, ...lines, ""].join("\n"));
    },
    read: async () => csvRows(await Deno.readTextFile(csv)),
    published() {
      try {
        return [...Deno.readDirSync(downloads)].map(({ name }) => name)
          .filter((name) => name !== ".attempts" && !name.endsWith(".metadata.json")).sort();
      } catch {
        return []; // not made yet
      }
    },
    run: (settings = {}, watch = {}) =>
      runDownloads({
        csvPath: csv,
        downloadsDir: downloads,
        stateDir: join(home, "state"),
        driveBaseUrl: drive.url,
        delayMs: 0,
        thresholds: { minFreeDiskGb: 0 },
        ...settings,
      }, { errorHandler: impatient, ...watch }),
    async [Symbol.asyncDispose]() {
      await drive[Symbol.asyncDispose]();
      await site[Symbol.asyncDispose]();
      await temporary[Symbol.asyncDispose]();
    },
  };
}
