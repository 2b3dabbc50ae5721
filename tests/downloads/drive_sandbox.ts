/** What a test of Drive downloads stands on: a Drive, a folder, and what lies in it. */

import { join } from "@std/path";
import {
  downloadDriveWithContext,
  type DriveDownloadOptions,
  type MediaDownloadResult,
  type RowContext,
} from "../../lib/downloads/mod.ts";
import { type DriveServer, type DriveThing, startDriveServer } from "../fakes/drive_server.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { sampleRow } from "./sample_row.ts";

/** A place for one test. */
export interface DriveSandbox extends AsyncDisposable {
  /** The Drive. */
  drive: DriveServer;
  /** The folder of downloads. */
  folder: string;
  /** Puts something into Drive and gives its id. */
  put(thing: DriveThing): string;
  /** Downloads by an id, or by a link. */
  download(
    link: string,
    options?: DriveDownloadOptions,
    row?: RowContext,
  ): Promise<MediaDownloadResult>;
  /** Gives the names in the folder of downloads, without the folder of attempts. */
  published(): string[];
  /** Gives the paths in the folders of attempts. */
  attempts(): string[];
  /** Reads a file in the folder of downloads as text. */
  read(name: string | undefined): Promise<string>;
  /** Reads the metadata of a file in the folder of downloads. */
  metadata(name: string | undefined): Promise<Record<string, unknown>>;
}

/** Makes a place for one test. */
export async function driveSandbox(): Promise<DriveSandbox> {
  const drive = startDriveServer();
  const temporary = await temporaryFolder("drive");
  const folder = join(temporary.path, "downloads");
  const attempts = join(folder, ".attempts");
  const names = (path: string) => {
    try {
      return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
    } catch {
      return [];
    }
  };
  let count = 0;
  return {
    drive,
    folder,
    put(thing) {
      const id = `1${String(++count).padStart(4, "0")}_abcdefghijklmnopqrstuvwxy-Z`;
      drive.things.set(id, thing);
      return id;
    },
    download: (link, options = {}, row = sampleRow()) =>
      downloadDriveWithContext(
        link.includes("/") ? link : `https://drive.google.com/file/d/${link}/view?usp=sharing`,
        row,
        { downloadsDir: folder, baseUrl: drive.url, retryDelayMs: 1, ...options },
      ),
    published: () => names(folder).filter((name) => name !== ".attempts"),
    attempts: () =>
      names(attempts).flatMap((name) =>
        names(join(attempts, name)).map((file) => join(attempts, name, file))
      ),
    read: (name = "") => Deno.readTextFile(join(folder, name)),
    async metadata(name) {
      const path = join(folder, `${name}.metadata.json`);
      const value: Record<string, unknown> = JSON.parse(await Deno.readTextFile(path));
      return value;
    },
    async [Symbol.asyncDispose]() {
      await drive[Symbol.asyncDispose]();
      await temporary[Symbol.asyncDispose]();
    },
  };
}

/** Makes a file of a length whose every kilobyte is another, different for each letter. */
export function content(letter: string, bytes: number): Uint8Array<ArrayBuffer> {
  const text = Array.from(
    { length: Math.ceil(bytes / 16) },
    (_, index) => `${letter}${String(index).padStart(14, "0")}\n`,
  );
  return new TextEncoder().encode(text.join("").slice(0, bytes));
}

/** Turns bytes of {@link content} into text. */
export function asText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
