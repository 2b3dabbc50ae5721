import { assert, assertEquals } from "@std/assert";
import { classifyDrivePage, drivePageRules } from "../../lib/downloads/mod.ts";
import { retryAfterMs } from "../../lib/downloads/drive/retry_after.ts";

const url = "https://drive.google.com/open?id=1";

/** What pages say, by the code that they have to get. */
const corpus: [
  code: string,
  status: number,
  page: { title?: string; captions?: string; html?: string },
][] = [
  ["DRIVE_QUOTA", 200, { title: "Google Drive - Quota exceeded" }],
  ["DRIVE_QUOTA", 403, {
    captions: "Too many users have viewed or downloaded this file recently.",
  }],
  ["DRIVE_QUOTA", 200, { html: "The download quota for this file has been exceeded." }],
  ["DRIVE_INFECTED", 200, { captions: "Sorry, this file is infected with a virus" }],
  ["DRIVE_RATE_LIMITED", 429, { title: "Sorry..." }],
  ["DRIVE_RATE_LIMITED", 503, {
    html: "our systems have detected unusual traffic from your network",
  }],
  ["DRIVE_RATE_LIMITED", 200, { html: "computer may be sending automated queries" }],
  ["DRIVE_PRIVATE", 403, { title: "Google Drive: Access Denied" }],
  ["DRIVE_PRIVATE", 401, {}],
  ["DRIVE_PRIVATE", 200, { html: "<h1>You need access</h1>" }],
  ["DRIVE_PRIVATE", 200, { html: '<a href="https://accounts.google.com/ServiceLogin?x">' }],
  ["DRIVE_DOWNLOAD_DISABLED", 403, {
    captions: "The owner hasn't given you permission to download this file.",
  }],
  ["DRIVE_ABUSIVE", 200, { captions: "This item violates our Terms of Service" }],
  ["DRIVE_GONE", 404, { title: "Error 404 (Not Found)!!1" }],
  ["DRIVE_GONE", 410, {}],
  ["DRIVE_GONE", 200, { captions: "Sorry, the file you have requested does not exist." }],
  ["DRIVE_GONE", 200, { html: "Sorry, this file is in the owner's trash" }],
  ["DRIVE_FAILED", 500, { title: "Error 500 (Server Error)!!1" }],
  ["DRIVE_FAILED", 502, {}],
  ["DRIVE_REFUSED", 400, { title: "Error 400 (Bad Request)!!1" }],
  ["HTML_INSTEAD_OF_FILE", 200, { title: "Something new" }],
];

Deno.test("classifyDrivePage() knows what Drive's pages say", () => {
  for (const [code, status, page] of corpus) {
    const { title = "", captions = "", html = "" } = page;

    const error = classifyDrivePage(url, status, {
      title,
      captions,
      html: `${title}${captions}${html}`,
    });

    assertEquals(error.code, code, JSON.stringify(page));
    assertEquals(error.context["url"], url);
  }
  const known = new Set(corpus.map(([code]) => code));
  for (const { code, source } of drivePageRules) assert(known.has(code) && source !== "", code);
});

Deno.test("classifyDrivePage() believes a page's own words before others that are in it", () => {
  const error = classifyDrivePage(url, 200, {
    title: "Google Drive - Quota exceeded",
    captions: "",
    html: '<a href="https://accounts.google.com/ServiceLogin">Sign in to Google</a>',
  });

  assertEquals(error.code, "DRIVE_QUOTA");
});

Deno.test("classifyDrivePage() passes on how long the server asks to wait", () => {
  const error = classifyDrivePage(url, 429, { title: "", captions: "", html: "" }, 90_000);

  assertEquals([error.retryAfterMs, error.retryable], [90_000, true]);
});

Deno.test("retryAfterMs() reads seconds and dates, and never more than a day", () => {
  const now = Date.UTC(2026, 0, 1);
  const day = 24 * 3_600_000;
  const cases: [text: string, ms: number | undefined][] = [
    ["0", 0],
    ["120", 120_000],
    ["99999999999", day],
    ["Thu, 01 Jan 2026 00:01:00 GMT", 60_000],
    ["Wed, 31 Dec 2025 00:00:00 GMT", 0],
    ["Thu, 01 Jan 2099 00:00:00 GMT", day],
    ["soon", undefined],
    ["-5", undefined],
    ["", undefined],
  ];

  for (const [text, ms] of cases) {
    assertEquals(retryAfterMs(new Headers({ "Retry-After": text }), now), ms, text);
  }
  assertEquals(retryAfterMs(new Headers(), now), undefined);
});
