/** Whose server a download asks: what one of its addresses is told concerns all of them. */

import type { DownloadType } from "../download_type.ts";

const youtube = /(?:^|\.)(?:youtube\.com|youtu\.be|youtube-nocookie\.com)$/;

/**
 * Gives the host that a download's politeness is for: all addresses of YouTube are one host, and so
 * are all of Google Drive. An address that is none has the host `unknown`, which nobody asks.
 */
export function hostOf(downloadType: DownloadType, url: string): string {
  if (downloadType === "drive") return "drive.google.com";
  const trimmed = url.trim();
  const host = URL.canParse(trimmed) ? new URL(trimmed).host.replace(/^www\./, "") : "";
  if (host === "") return "unknown";
  return youtube.test(host) ? "youtube.com" : host;
}
