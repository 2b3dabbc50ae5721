import { assert, assertEquals, assertMatch } from "@std/assert";
import { ErrorHandler } from "../../lib/core/mod.ts";
import { classifyYtdlpFailure, ytdlpRules } from "../../lib/downloads/mod.ts";

/** What yt-dlp says, by the code that it has to get. */
const corpus: Record<string, readonly string[]> = {
  SESSION_RATE_LIMITED: [
    "ERROR: [youtube] abc: Video unavailable. This content isn't available, try again later. The current session has been rate-limited by YouTube for up to an hour. It is recommended to use `-t sleep` to add a delay between video requests to avoid exceeding the rate limit. For more information, refer to  https://github.com/yt-dlp/yt-dlp/wiki/Extractors#this-content-isnt-available-try-again-later",
    "ERROR: [youtube] abc: This content isn’t available, try again later.",
  ],
  BOT_CHECK: [
    "ERROR: [youtube] abc: Sign in to confirm you’re not a bot. Use --cookies-from-browser or --cookies for the authentication. See  https://github.com/yt-dlp/yt-dlp/wiki/FAQ#how-do-i-pass-cookies-to-yt-dlp  for how to manually pass cookies.",
    "ERROR: [youtube] abc: Sign in to confirm you're not a bot. This helps protect our community. Learn more",
    "ERROR: [youtube] abc: Video unavailable. YouTube is requiring a captcha challenge before playback",
  ],
  HTTP_429: [
    "ERROR: [youtube] abc: Unable to download API page: HTTP Error 429: Too Many Requests (caused by <HTTPError 429: Too Many Requests>)",
    "ERROR: Unable to download video subtitles for 'en': HTTP Error 429: Too Many Requests",
    "ERROR: [generic] None: Unable to download webpage: HTTP Error 429: Too Many Requests",
  ],
  AGE_RESTRICTED: [
    "ERROR: [youtube] abc: Sign in to confirm your age. This video may be inappropriate for some users. Use --cookies-from-browser or --cookies for the authentication.",
    "ERROR: [youtube] abc: This video is age-restricted and only available on YouTube",
  ],
  PRIVATE: [
    "ERROR: [youtube] abc: Private video. Sign in if you've been granted access to this video. Use --cookies-from-browser or --cookies for the authentication.",
    "ERROR: [youtube:tab] PL1: YouTube said: The playlist does not exist.",
    "ERROR: [youtube] abc: This video is private",
  ],
  MEMBERS_ONLY: [
    "ERROR: [youtube] abc: Join this channel to get access to members-only content like this video, and other exclusive perks.",
    "ERROR: [youtube] abc: This video is available to this channel's members on level: Gold (or any higher level). Join this channel to get access to members-only content",
    "ERROR: [youtube] abc: This video requires payment to watch.",
  ],
  GEO_RESTRICTED: [
    "ERROR: [youtube] abc: The uploader has not made this video available in your country\nYou might want to use a VPN or a proxy server (with --proxy) to workaround.",
    "ERROR: [generic] abc: This video is not available from your location due to geo restriction",
    "ERROR: [youtube] abc: Video unavailable. This video contains content from SME, who has blocked it in your country on copyright grounds",
  ],
  DRM_PROTECTED: [
    "ERROR: [youtube] abc: This video is DRM protected",
    "ERROR: [DRM] The requested site is known to use DRM protection. It will NOT be supported. Please DO NOT open an issue, unless you have evidence that the video is not DRM-protected",
  ],
  LOGIN_REQUIRED: [
    "ERROR: [vimeo] 1: This video is only available for registered users. Use --cookies, --cookies-from-browser, --username and --password",
    "ERROR: [generic] None: Unable to download webpage: HTTP Error 401: Unauthorized",
  ],
  NOT_YET: [
    "ERROR: [youtube] abc: Premieres in 3 hours",
    "ERROR: [youtube] abc: This live event will begin in 2 days.",
    "ERROR: [twitch:stream] x: The channel is not currently live",
  ],
  GONE: [
    "ERROR: [youtube] abc: Video unavailable",
    "ERROR: [youtube] abc: Video unavailable. This video is no longer available because the YouTube account associated with this video has been terminated.",
    "ERROR: [youtube] abc: Video unavailable. This video has been removed by the uploader",
    "ERROR: [youtube] abc: This video has been removed for violating YouTube's Terms of Service",
    "ERROR: [youtube] abc: This video is no longer available due to a copyright claim by X",
    "ERROR: [generic] Unable to download webpage: HTTP Error 404: Not Found (caused by <HTTPError 404: Not Found>)",
    "ERROR: [generic] x: Unable to download webpage: HTTP Error 410: Gone",
    "ERROR: unable to download video data: HTTP Error 404: Not Found",
  ],
  UNSUPPORTED_URL: [
    "ERROR: Unsupported URL: http://127.0.0.1/x",
    'ERROR: [generic] \'notaurl\' is not a valid URL. Set --default-search "ytsearch" (or run  yt-dlp "ytsearch:notaurl" ) to search YouTube',
    "ERROR: [youtube:truncated_id] abc: Incomplete YouTube ID abc. URL https://www.youtube.com/watch?v=abc looks truncated.",
    "ERROR: file:// URLs are disabled by default in yt-dlp for security reasons. Use --enable-file-urls to enable at your own risk.",
  ],
  FORMAT_UNAVAILABLE: [
    "ERROR: [youtube] abc: Requested format is not available. Use --list-formats for a list of available formats",
  ],
  NO_FORMATS: [
    "ERROR: [youtube] abc: No video formats found!; please report this issue on  https://github.com/yt-dlp/yt-dlp/issues?q= , filling out the appropriate issue template. Confirm you are on the latest version using  yt-dlp -U",
    "ERROR: [twitter] 1: No video could be found in this tweet",
  ],
  YTDLP_OUTDATED: [
    "ERROR: [youtube] abc: Unable to extract uploader id; please report this issue on  https://github.com/yt-dlp/yt-dlp/issues?q= , filling out the appropriate issue template. Confirm you are on the latest version using  yt-dlp -U",
    "ERROR: [youtube] abc: Failed to extract any player response; please report this issue on  https://github.com/yt-dlp/yt-dlp/issues?q=",
    "ERROR: [youtube] abc: nsig extraction failed: Some formats may be missing",
    "ERROR: [youtube] abc: n challenge solving failed: Some formats may be missing.",
  ],
  YTDLP_USAGE: ["yt-dlp: error: no such option: --js-runtimes"],
  CERTIFICATE: [
    "ERROR: [generic] Unable to download webpage: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:992) (caused by CertificateVerifyError('[SSL: CERTIFICATE_VERIFY_FAILED]'))",
  ],
  MEDIA_REFUSED: [
    "ERROR: unable to download video data: HTTP Error 403: Forbidden",
    "ERROR: fragment 1 not found, HTTP Error 403: Forbidden",
  ],
  HTTP_403: [
    "ERROR: [generic] Unable to download webpage: HTTP Error 403: Forbidden (caused by <HTTPError 403: Forbidden>)",
  ],
  HTTP_402: ["ERROR: [youtube] abc: Unable to download API page: HTTP Error 402: Payment Required"],
  HTTP_5XX: [
    "ERROR: [generic] Unable to download webpage: HTTP Error 500: Internal Server Error (caused by <HTTPError 500: Internal Server Error>)",
    "ERROR: [youtube] abc: Unable to download API page: HTTP Error 503: Service Unavailable",
    "ERROR: unable to download video data: HTTP Error 502: Bad Gateway",
  ],
  HTTP_4XX: ["ERROR: [generic] Unable to download webpage: HTTP Error 400: Bad Request"],
  NETWORK: [
    "ERROR: [generic] Unable to download webpage: [Errno -2] Name or service not known (caused by TransportError('[Errno -2] Name or service not known'))",
    "ERROR: [generic] Unable to download webpage: [Errno -3] Temporary failure in name resolution",
    "ERROR: [generic] Unable to download webpage: [Errno 111] Connection refused (caused by TransportError('[Errno 111] Connection refused'))",
    "ERROR: unable to download video data: [Errno 104] Connection reset by peer",
    "ERROR: unable to download video data: The read operation timed out",
    "ERROR: [download] Got error: 9000 bytes read, 9450 more expected. Giving up after 3 retries",
    "ERROR: [download] Got error: HTTPSConnectionPool(host='x', port=443): Read timed out.. Giving up after 3 retries",
    "ERROR: \r[download] Got error: Remote end closed connection without response. Giving up after 10 retries",
    "ERROR: content too short (expected 100 bytes and served 50)",
    "ERROR: Did not get any data blocks",
    "ERROR: [youtube] abc: Unable to download API page: [SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred in violation of protocol (_ssl.c:992)",
    "ERROR: [generic] Unable to download webpage: [Errno 101] Network is unreachable",
    "ERROR: [generic] Unable to download webpage: [Errno 113] No route to host",
  ],
  FILE_IN_USE: [
    "ERROR: unable to open for writing: [Errno 11] Resource temporarily unavailable",
    "ERROR: Unable to rename file: [Errno 2] No such file or directory: 'media.mp4.part' -> 'media.mp4'",
  ],
  CONVERSION_FAILED: [
    "ERROR: Postprocessing: Conversion failed!",
    "ERROR: Postprocessing: audio conversion failed: Error opening output files: Encoder not found",
  ],
  FFMPEG_MISSING: [
    "ERROR: Postprocessing: ffprobe and ffmpeg not found. Please install or provide the path using --ffmpeg-location",
    "ERROR: You have requested merging of multiple formats but ffmpeg is not installed. Aborting due to --abort-on-error",
    "ERROR: Preprocessing: ffmpeg not found. Please install or provide the path using --ffmpeg-location",
  ],
  ENOSPC: [
    "ERROR: unable to write data: [Errno 28] No space left on device",
    "ERROR: Postprocessing: av_interleaved_write_frame(): No space left on device",
  ],
  EDQUOT: ["ERROR: unable to write data: [Errno 122] Disk quota exceeded"],
  EACCES: [
    "ERROR: unable to open for writing: [Errno 13] Permission denied: 'media.mp4.part'",
    "ERROR: unable to create directory [Errno 30] Read-only file system: '/x'",
  ],
  YTDLP_FAILED: ["ERROR: something nobody has seen before", "", "Segmentation fault"],
};

/** What each code is to the retry rules. */
const categories: Record<string, [category: string, retryable: boolean]> = {
  SESSION_RATE_LIMITED: ["RATE_LIMIT", true],
  BOT_CHECK: ["RATE_LIMIT", true],
  HTTP_429: ["RATE_LIMIT", true],
  AGE_RESTRICTED: ["PERMISSION", false],
  PRIVATE: ["PERMISSION", false],
  MEMBERS_ONLY: ["PERMISSION", false],
  GEO_RESTRICTED: ["PERMISSION", false],
  DRM_PROTECTED: ["PERMISSION", false],
  LOGIN_REQUIRED: ["PERMISSION", false],
  NOT_YET: ["VALIDATION", false],
  GONE: ["VALIDATION", false],
  UNSUPPORTED_URL: ["VALIDATION", false],
  FORMAT_UNAVAILABLE: ["VALIDATION", false],
  NO_FORMATS: ["VALIDATION", false],
  YTDLP_OUTDATED: ["SYSTEM", false],
  YTDLP_USAGE: ["SYSTEM", false],
  CERTIFICATE: ["NETWORK", false],
  MEDIA_REFUSED: ["NETWORK", true],
  HTTP_403: ["PERMISSION", false],
  HTTP_402: ["QUOTA", false],
  HTTP_5XX: ["NETWORK", true],
  HTTP_4XX: ["VALIDATION", false],
  NETWORK: ["NETWORK", true],
  FILE_IN_USE: ["FILE_IO", true],
  CONVERSION_FAILED: ["VALIDATION", false],
  FFMPEG_MISSING: ["SYSTEM", false],
  ENOSPC: ["SYSTEM", false],
  EDQUOT: ["QUOTA", false],
  EACCES: ["PERMISSION", false],
  YTDLP_FAILED: ["SYSTEM", true],
};

const outcome = { exitCode: 1, signal: null, version: "2025.04.30" };
const url = "https://www.youtube.com/watch?v=abc";

for (const [code, texts] of Object.entries(corpus)) {
  Deno.test(`classifyYtdlpFailure() knows ${code}`, () => {
    for (const text of texts) {
      const stderr = `WARNING: [youtube] a warning, HTTP Error 429 among others\n${text}\n`;

      const error = classifyYtdlpFailure(url, { ...outcome, stderr });

      assertEquals(error.code, code, text);
      assertEquals([error.category, error.retryable], categories[code], text);
      assertMatch(error.message, /^Cannot download https:\S+ as [^\n]+; [^\n]*[^.\s]$/);
      assert(String(error.context["evidence"]).includes(text.trim()));
      assertEquals(error.context["ytdlp_version"], "2025.04.30");
    }
  });
}

Deno.test("classifyYtdlpFailure() has a text for every rule of its table", () => {
  const known = new Set(Object.keys(corpus));
  const untested = ytdlpRules.map(({ code }) => code).filter((code) => !known.has(code));

  assertEquals(untested.filter((code) => code !== "FILE_IO"), []);
  for (const rule of ytdlpRules) assert(rule.source !== "" && rule.advice !== "", rule.code);
});

Deno.test("classifyYtdlpFailure() goes by the last error line, and by the signal where there is none", () => {
  const lines = [
    "ERROR: [generic] Unable to download webpage: HTTP Error 503: Service Unavailable",
    "ERROR: [generic] Unable to download webpage: HTTP Error 404: Not Found",
  ];

  const last = classifyYtdlpFailure(url, { ...outcome, stderr: lines.join("\n") });
  const killed = classifyYtdlpFailure(url, {
    ...outcome,
    exitCode: 137,
    signal: "SIGKILL",
    stderr: "",
  });
  const crashed = classifyYtdlpFailure(url, {
    ...outcome,
    stderr:
      "Traceback (most recent call last):\n  File x\nOSError: [Errno 28] No space left on device\n",
  });

  assertEquals(last.code, "GONE");
  assertEquals([killed.code, killed.retryable], ["YTDLP_KILLED", true]);
  assertEquals([crashed.code, crashed.severity], ["ENOSPC", "CRITICAL"]);
});

Deno.test("classifyYtdlpFailure() keeps the evidence bounded and the message on one line", () => {
  const stderr = `ERROR: ${"\u001b[31mx\n\u202e".repeat(5000)}`;

  const error = classifyYtdlpFailure(url, { ...outcome, stderr });

  assert(String(error.context["evidence"]).length <= 4000);
  assert(error.message.length < 800);
  // deno-lint-ignore no-control-regex -- these are what must not be there
  assertEquals(/[\n\u001b\u202e]/.test(error.message), false);
});

Deno.test("ErrorHandler retries what yt-dlp failed at as the reference has it", () => {
  const handler = new ErrorHandler();
  const verdict = (line: string, attempt: number) => {
    const error = classifyYtdlpFailure(url, { ...outcome, stderr: line });
    const context = handler.handleError(error, { row_id: "17", download_type: "youtube" });
    return [
      context.url,
      context.row_id,
      handler.shouldRetry(context, attempt),
      handler.getRetryDelay(context, attempt),
    ];
  };

  assertEquals(verdict("ERROR: HTTP Error 429", 1), [url, "17", true, 2000]);
  assertEquals(verdict("ERROR: HTTP Error 429", 9), [url, "17", false, 60_000]);
  assertEquals(verdict("ERROR: [Errno 111] Connection refused", 2), [url, "17", true, 10_000]);
  assertEquals(verdict("ERROR: [Errno 111] Connection refused", 9), [url, "17", false, 30_000]);
  assertEquals(verdict("ERROR: Private video", 1), [url, "17", false, 2000]);
  assertEquals(verdict("ERROR: Unsupported URL: x", 1), [url, "17", false, 2000]);
  assertEquals(verdict("ERROR: [Errno 28] No space left on device", 1), [url, "17", false, 2000]);
});
