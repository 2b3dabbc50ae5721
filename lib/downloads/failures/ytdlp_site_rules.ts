/** What yt-dlp passes on of a site's own words. */

import { ErrorCategory } from "../../core/mod.ts";
import { type FailureRule, passingRule, permanentRule } from "./failure_rule.ts";

const hourMs = 3_600_000;
const later = "run this again later";
const nothing = "check the address; nothing will come of trying again";

/** The site wants fewer requests. */
export const limitRules: readonly FailureRule[] = [
  {
    ...passingRule(
      "SESSION_RATE_LIMITED",
      ErrorCategory.RATE_LIMIT,
      "YouTube has limited this machine's rate for up to an hour",
      "wait an hour, then go on with fewer downloads at once",
      /has been rate-limited by YouTube|This content isn.t available, try again later/,
      "extractor/youtube/_video.py",
    ),
    retryAfterMs: hourMs,
  },
  {
    ...passingRule(
      "BOT_CHECK",
      ErrorCategory.RATE_LIMIT,
      "YouTube takes this machine for a robot",
      "wait an hour, then go on with fewer downloads at once or from another address",
      /confirm you.re not a bot|captcha challenge before playback/,
      "extractor/youtube/_video.py; yt-dlp wiki, FAQ",
    ),
    retryAfterMs: hourMs,
  },
  passingRule(
    "HTTP_429",
    ErrorCategory.RATE_LIMIT,
    "the server asks for fewer requests",
    later,
    /HTTP Error 429|Too Many Requests/,
    "networking/exceptions.py; RFC 6585 §4",
  ),
];

/** The site does not give it to everybody, not yet, or not any more. */
export const accessRules: readonly FailureRule[] = [
  // What belongs to somebody else.
  permanentRule(
    "AGE_RESTRICTED",
    ErrorCategory.PERMISSION,
    "it is shown to adults who are signed in only",
    nothing,
    /confirm your age|age[- ]restricted|inappropriate for some users/i,
    "extractor/youtube/_video.py",
  ),
  permanentRule(
    "PRIVATE",
    ErrorCategory.PERMISSION,
    "it is private",
    "ask its owner for access",
    /Private video|This (?:video|playlist|list) is private|The playlist (?:is private|does not exist)/i,
    "extractor/youtube/_video.py, _tab.py",
  ),
  permanentRule(
    "MEMBERS_ONLY",
    ErrorCategory.PERMISSION,
    "it is for paying members only",
    nothing,
    /members[- ]only|Join this channel|requires payment|only available (?:for|to) (?:premium|music premium|subscribers|members)/i,
    "extractor/youtube/_video.py",
  ),
  permanentRule(
    "GEO_RESTRICTED",
    ErrorCategory.PERMISSION,
    "it is not offered in this country",
    nothing,
    /geo[- ]?restrict|(?:not|n't) (?:made this video )?available (?:in|from) your (?:country|location|region)|blocked it in your country/i,
    "utils/_utils.py GeoRestrictedError, extractor/common.py",
  ),
  permanentRule(
    "DRM_PROTECTED",
    ErrorCategory.PERMISSION,
    "it is protected against copying (DRM)",
    nothing,
    /DRM[- ]protected|is DRM protected/i,
    "extractor/common.py report_drm",
  ),
  permanentRule(
    "LOGIN_REQUIRED",
    ErrorCategory.PERMISSION,
    "it is for signed-in users only",
    "ask its owner to share it by link",
    /only available for registered users|Login required|Please sign in|requires? (?:login|authentication)|Use --cookies|HTTP Error 40[17]/i,
    "extractor/common.py raise_login_required",
  ),

  // Not yet, or not now.
  permanentRule(
    "NOT_YET",
    ErrorCategory.VALIDATION,
    "it has not been shown yet",
    "run this again once it is over",
    /Premieres in|live event will begin|has not (?:yet )?(?:started|aired)|is not currently live|Live event.*(?:soon|moments)/i,
    "extractor/youtube/_video.py, utils/_utils.py UserNotLive",
  ),

  // Gone, or never was.
  permanentRule(
    "GONE",
    ErrorCategory.VALIDATION,
    "it is not there any more",
    nothing,
    /Video unavailable|(?:video|playlist|channel|content) (?:is (?:no longer|not) available|does not exist|has been removed|was removed)|account.*(?:terminated|closed)|removed by the (?:uploader|user)|violat(?:ing|ed) YouTube|copyright (?:claim|infringement|grounds)|HTTP Error (?:404|410)/i,
    "extractor/youtube/_video.py; RFC 9110 §15.5.5, §15.5.11",
  ),
  permanentRule(
    "UNSUPPORTED_URL",
    ErrorCategory.VALIDATION,
    "no video is known at this address",
    "correct the address",
    /Unsupported URL|is not a valid URL|Incomplete YouTube ID|no (?:suitable extractor|media|video) (?:found|in)|unable to extract (?:video|playlist) id|looks truncated|Unsupported url scheme|unknown url type|file:\/\/ URLs are disabled/i,
    "utils/_utils.py UnsupportedError, extractor/youtube",
  ),
  permanentRule(
    "FORMAT_UNAVAILABLE",
    ErrorCategory.VALIDATION,
    "it is not offered in what was asked for",
    "ask for a higher resolution, or for none",
    /Requested format is not available/,
    "YoutubeDL.py process_video_result",
  ),
  permanentRule(
    "NO_FORMATS",
    ErrorCategory.VALIDATION,
    "it holds no video",
    "check the address; for YouTube, install a newer yt-dlp",
    /No video formats found|No video could be found|Only images are available/,
    "YoutubeDL.py raise_no_formats",
  ),
];
