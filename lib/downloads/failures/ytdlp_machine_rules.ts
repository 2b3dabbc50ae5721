/** What yt-dlp says of this machine, of itself and of its files. */

import { ErrorCategory, ErrorSeverity } from "../../core/mod.ts";
import { type FailureRule, passingRule, permanentRule } from "./failure_rule.ts";

const later = "run this again later";

/** This machine cannot download: every other download will fail in the same way. */
export const machineRules: readonly FailureRule[] = [
  {
    ...permanentRule(
      "ENOSPC",
      ErrorCategory.SYSTEM,
      "the disk is full",
      "free some space on the disk",
      /\[Errno 28\]|No space left on device/,
      "errno(3)",
    ),
    severity: ErrorSeverity.CRITICAL,
  },
  permanentRule(
    "EDQUOT",
    ErrorCategory.QUOTA,
    "the disk quota of this user is used up",
    "free some space or ask for a larger disk quota",
    /\[Errno 122\]|Disk quota exceeded/,
    "errno(3)",
  ),
  permanentRule(
    "EACCES",
    ErrorCategory.PERMISSION,
    "this user may not write there",
    "check the owner and the mode of the folder of downloads",
    /\[Errno (?:1|13|30)\]|Read-only file system/,
    "errno(3)",
  ),
  {
    ...permanentRule(
      "FFMPEG_MISSING",
      ErrorCategory.SYSTEM,
      "ffmpeg is not installed",
      "install ffmpeg (Debian: apt install ffmpeg)",
      /ff(?:mpeg|probe)[^.]* not found|but ffmpeg is not installed/i,
      "postprocessor/ffmpeg.py, YoutubeDL.py process_info",
    ),
    severity: ErrorSeverity.CRITICAL,
  },
];

/** Another version of yt-dlp is needed, or another process is in the way. */
export const programRules: readonly FailureRule[] = [
  // Another version of yt-dlp is needed.
  permanentRule(
    "YTDLP_OUTDATED",
    ErrorCategory.SYSTEM,
    "this yt-dlp does not understand the site any more",
    "install a newer yt-dlp (Debian: apt install -t bookworm-backports yt-dlp)",
    /please report this issue|Unable to extract|Failed to extract|extraction failed|challenge solving failed|No supported JavaScript runtime|Failed to parse JSON|Confirm you are on the latest version/i,
    "utils/_utils.py bug_reports_message, extractor/youtube",
  ),
  permanentRule(
    "YTDLP_USAGE",
    ErrorCategory.SYSTEM,
    "yt-dlp does not know an option that opsdeck gives it",
    "install the yt-dlp that validate-environment asks for",
    /yt-dlp: error:|no such option/,
    "options.py (optparse, exit code 2)",
  ),

  // Files.
  passingRule(
    "FILE_IN_USE",
    ErrorCategory.FILE_IO,
    "another process works on the same file",
    later,
    /\[Errno 11\]|Unable to rename file|unable to open for writing|already in use/i,
    "downloader/common.py",
  ),
];

/** What comes after the download fails. */
export const processingRules: readonly FailureRule[] = [
  permanentRule(
    "CONVERSION_FAILED",
    ErrorCategory.VALIDATION,
    "it cannot be put into the wanted format",
    "ask for another format",
    /Postprocessing:|Conversion failed|audio conversion failed|Error (?:opening output|initializing)/i,
    "YoutubeDL.py, postprocessor/ffmpeg.py",
  ),
  passingRule(
    "FILE_IO",
    ErrorCategory.FILE_IO,
    "the file cannot be written",
    "check the disk and the folder of downloads",
    /unable to (?:write data|create directory)|\[Errno \d+\]|Cannot write/i,
    "downloader/http.py, YoutubeDL.py",
  ),
];
