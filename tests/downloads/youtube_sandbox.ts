/** What a test of YouTube downloads stands on: a site, a folder, and what lies in it. */

import { join } from "@std/path";
import type { YoutubeDownloadOptions } from "../../lib/downloads/mod.ts";
import {
  downloadYoutubeWithContext,
  type MediaDownloadResult,
  type RowContext,
} from "../../lib/downloads/mod.ts";
import { type MediaSite, startMediaSite } from "../support/media_site.ts";
import { optionalTool } from "../support/optional_tool.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { sampleRow } from "./sample_row.ts";

/** A place for one test. */
export interface YoutubeSandbox extends AsyncDisposable {
  /** The site. */
  site: MediaSite;
  /** The folder of downloads. */
  folder: string;
  /** Downloads what is at a path of the site. */
  download(
    path: string,
    options?: YoutubeDownloadOptions,
    row?: RowContext,
  ): Promise<MediaDownloadResult>;
  /** Gives the names in the folder of downloads, without the folder of attempts. */
  published(): string[];
  /** Gives the names in the folders of attempts. */
  attempts(): string[];
  /** Gives the bytes of the part of a video in the folders of attempts; 0 when there is none. */
  partBytes(): number;
  /** Reads a file in the folder of downloads. */
  read(name: string | undefined): Promise<Uint8Array>;
  /** Reads the metadata of a file in the folder of downloads. */
  metadata(name: string | undefined): Promise<Record<string, unknown>>;
}

/** The options of a test that needs yt-dlp and ffmpeg. */
export const needsYtdlp = {
  ignore: optionalTool("yt-dlp").ignore || optionalTool("ffmpeg").ignore,
};

/** Makes a place for one test. */
export async function youtubeSandbox(): Promise<YoutubeSandbox> {
  const site = startMediaSite();
  const temporary = await temporaryFolder("youtube");
  const folder = join(temporary.path, "downloads");
  const names = (path: string) => {
    try {
      return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
    } catch {
      return [];
    }
  };
  const attempts = join(folder, ".attempts");
  return {
    site,
    folder,
    download: (path, options = {}, row = sampleRow()) =>
      downloadYoutubeWithContext(`${site.url}${path}`, row, { downloadsDir: folder, ...options }),
    published: () => names(folder).filter((name) => name !== ".attempts"),
    attempts: () => names(attempts).flatMap((name) => names(join(attempts, name))),
    partBytes() {
      const parts = names(attempts).map((name) => join(attempts, name, "media.mp4.part"));
      const sizes = parts.map((path) => {
        try {
          return Deno.statSync(path).size;
        } catch {
          return 0;
        }
      });
      return Math.max(0, ...sizes);
    },
    read: (name = "") => Deno.readFile(join(folder, name)),
    async metadata(name) {
      const path = join(folder, `${name}.metadata.json`);
      const value: Record<string, unknown> = JSON.parse(await Deno.readTextFile(path));
      return value;
    },
    async [Symbol.asyncDispose]() {
      await site[Symbol.asyncDispose]();
      await temporary[Symbol.asyncDispose]();
    },
  };
}
