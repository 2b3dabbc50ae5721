/**
 * What Google Drive's pages and status codes mean. Its download pages have no machine-readable
 * errors, so their titles and captions are matched.
 *
 * Sources: gdown's `download.py` and its issues #327, #380, #483; yt-dlp's
 * `extractor/googledrive.py`; rclone's `backend/drive`; Google Drive API, "Resolve errors".
 */

import { ErrorCategory, type OpsdeckError } from "../../core/mod.ts";
import { failureError, type FailureMeaning, type FailureRule } from "./failure_rule.ts";

const hourMs = 3_600_000;
const share = 'ask its owner to share it with "Anyone with the link"';

/** It can be had by signed-in people only. */
const privateFile: FailureMeaning = {
  code: "DRIVE_PRIVATE",
  category: ErrorCategory.PERMISSION,
  reason: "it is not shared with everybody",
  advice: share,
  retryable: false,
};

const gone: FailureMeaning = {
  code: "DRIVE_GONE",
  category: ErrorCategory.VALIDATION,
  reason: "Drive does not know it, or not any more",
  advice: "check the link; nothing will come of trying again",
  retryable: false,
};

const rateLimited: FailureMeaning = {
  code: "DRIVE_RATE_LIMITED",
  category: ErrorCategory.RATE_LIMIT,
  reason: "Drive asks for fewer requests",
  advice: "wait, then go on with fewer downloads at once",
  retryable: true,
};

const serverFailed: FailureMeaning = {
  code: "DRIVE_FAILED",
  category: ErrorCategory.NETWORK,
  reason: "Drive failed",
  advice: "run this again later",
  retryable: true,
};

const refused: FailureMeaning = {
  code: "DRIVE_REFUSED",
  category: ErrorCategory.VALIDATION,
  reason: "Drive does not accept the request",
  advice: "check the link; nothing will come of trying again",
  retryable: false,
};

const pageInstead: FailureMeaning = {
  code: "HTML_INSTEAD_OF_FILE",
  category: ErrorCategory.VALIDATION,
  reason: "Drive sent a web page that opsdeck does not know instead of the file",
  advice: "open the link in a browser to see what it says",
  retryable: false,
};

/** The table of pages; the first rule that matches wins. */
export const drivePageRules: readonly FailureRule[] = [
  {
    code: "DRIVE_QUOTA",
    category: ErrorCategory.QUOTA,
    reason: "too many people have downloaded it lately",
    advice: "run this again tomorrow, or ask its owner for a copy",
    retryable: false, // by waiting for a day, not by trying again
    retryAfterMs: 24 * hourMs,
    pattern:
      /quota exceeded|too many users have viewed or downloaded|download quota for this file/i,
    source: "gdown #327; title and .uc-error-subcaption of the page",
  },
  {
    code: "DRIVE_INFECTED",
    category: ErrorCategory.VALIDATION,
    reason: "Drive found a virus in it",
    advice: "tell its owner; it is not downloaded",
    retryable: false,
    pattern: /infected with a virus|is infected|only the owner is able to download infected/i,
    source: "Google Drive Help, virus scan; .uc-warning-caption of the page",
  },
  {
    ...rateLimited,
    retryAfterMs: hourMs,
    pattern: /unusual traffic|automated queries|\/sorry\/index/i,
    source: "the page at google.com/sorry",
  },
  {
    code: "DRIVE_DOWNLOAD_DISABLED",
    category: ErrorCategory.PERMISSION,
    reason: "its owner does not let others download it",
    advice: "ask its owner to allow downloads",
    retryable: false,
    pattern:
      /owner hasn.t given you permission to download|has been restricted from (?:download|print)|can.t download this file|cannotDownload/i,
    source: "Google Drive Help, stop others from downloading",
  },
  {
    code: "DRIVE_ABUSIVE",
    category: ErrorCategory.PERMISSION,
    reason: "Google has blocked it for breaking its terms",
    advice: "tell its owner; it is not downloaded",
    retryable: false,
    pattern: /violat(?:es|ion of|ing)[^.]{0,40}terms of service|abusiv/i,
    source: "rclone backend/drive (cannotDownloadAbusiveFile)",
  },
  {
    ...gone,
    pattern:
      /file (?:you have requested )?does not exist|no longer available|has been deleted|been trashed|in the owner's trash|file not found|Page Not Found/i,
    source: "the page of a 404; Google Drive Help",
  },
  {
    ...privateFile,
    pattern:
      /You need (?:access|permission)|Request access|Sign in[^.]{0,20} Google|accounts\.google\.com\/(?:ServiceLogin|v3\/signin|signin)|Access Denied|Sorry, the owner/i,
    source: "the pages of a file that is not shared; gdown #380",
  },
];

/** What a page of Drive says of itself. */
export interface DrivePageWords {
  /** The page's title. */
  title: string;
  /** Its captions, such as `.uc-error-caption`, on one line; empty when it has none. */
  captions: string;
  /** All of the page. */
  html: string;
}

/**
 * Classifies a page that came in a file's place. What it says is kept as `evidence`.
 *
 * @param status the HTTP status that it came with
 */
export function classifyDrivePage(
  url: string,
  status: number,
  page: DrivePageWords,
  retryAfterMs?: number,
): OpsdeckError {
  const said = page.captions === "" ? page.title : page.captions;
  const words = `${page.title}\n${page.captions}`;
  // What the page says of itself counts for more than words anywhere in it.
  const rule = drivePageRules.find(({ pattern }) => pattern.test(words)) ??
    drivePageRules.find(({ pattern }) => pattern.test(page.html));
  const meaning = status === 429
    ? rateLimited
    : rule ?? (status < 400 ? pageInstead : statusMeaning(status));
  return failureError(meaning, { url, said, raw: page.html, details: { status }, retryAfterMs });
}

/** Classifies an answer that is no page: by its status alone. */
export function classifyDriveStatus(
  url: string,
  status: number,
  body: string,
  retryAfterMs?: number,
): OpsdeckError {
  const evidence = { url, said: `HTTP ${status}`, raw: body, details: { status }, retryAfterMs };
  return failureError(statusMeaning(status), evidence);
}

/** The error for a redirect to Google's sign-in page. */
export function driveSignInError(url: string, location: string): OpsdeckError {
  return failureError(privateFile, { url, said: "Drive asks to sign in", raw: location });
}

/** Sources: RFC 9110 §15, RFC 6585 §4. */
function statusMeaning(status: number): FailureMeaning {
  if (status === 429) return rateLimited;
  if (status === 401 || status === 403) return privateFile;
  if (status === 404 || status === 410) return gone;
  return status >= 500 || status === 408 ? serverFailed : refused;
}
