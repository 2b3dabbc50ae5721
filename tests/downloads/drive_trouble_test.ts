import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { ConfigurationError, NetworkError } from "../../lib/core/mod.ts";
import { downloadDriveWithContext, driveBaseUrl } from "../../lib/downloads/mod.ts";
import type { DriveTrouble } from "../fakes/drive_server.ts";
import { absentTarget } from "../support/closed_port.ts";
import { content, driveSandbox } from "./drive_sandbox.ts";
import { sampleRow } from "./sample_row.ts";

const hourMs = 3_600_000;
const outcomes: Record<
  DriveTrouble,
  [code: string, category: string, retryable: boolean, waitMs?: number]
> = {
  "private": ["DRIVE_PRIVATE", "PERMISSION", false],
  "access page": ["DRIVE_PRIVATE", "PERMISSION", false],
  "quota": ["DRIVE_QUOTA", "QUOTA", false, 24 * hourMs],
  "infected": ["DRIVE_INFECTED", "VALIDATION", false],
  "rate limit": ["DRIVE_RATE_LIMITED", "RATE_LIMIT", true, 7000],
  "failing": ["DRIVE_FAILED", "NETWORK", true],
  "unknown page": ["HTML_INSTEAD_OF_FILE", "VALIDATION", false],
  "leads elsewhere": ["DRIVE_LEADS_ELSEWHERE", "NETWORK", false],
  "leads round": ["DRIVE_REDIRECTS", "NETWORK", true],
  "confirms another": ["HTML_INSTEAD_OF_FILE", "VALIDATION", false],
};

for (const [trouble, [code, category, retryable, waitMs]] of Object.entries(outcomes)) {
  Deno.test(`downloadDriveWithContext() says what Drive said, and saves no page: ${trouble}`, async () => {
    await using place = await driveSandbox();
    const what = Object.keys(outcomes).find((name): name is DriveTrouble => name === trouble);
    assert(what !== undefined);
    const id = place.put({ kind: "trouble", trouble: what });

    const result = await place.download(id);

    const { error } = result;
    assertEquals(result.success, false);
    assertEquals([error?.code, error?.category, error?.retryable], [code, category, retryable]);
    assertEquals(error?.retryAfterMs, waitMs);
    assertMatch(result.error_message ?? "", /^Cannot download https:\/\/\S+ as [^\n]+; [^\n.]+$/);
    assertEquals(result.media_id, id);
    assertEquals(place.published(), []);
    // Nothing that will never be continued stays.
    const left = [...Deno.readDirSync(join(place.folder, ".attempts"))];
    assertEquals(left.length, retryable || category === "QUOTA" ? 1 : 0);
  });
}

Deno.test("downloadDriveWithContext() keeps what Drive said as evidence, bounded", async () => {
  await using place = await driveSandbox();
  const id = place.put({ kind: "trouble", trouble: "quota" });

  const { error } = await place.download(id);

  const evidence = String(error?.context["evidence"]);
  assertMatch(evidence, /Too many users have viewed or downloaded this file recently/);
  assert(evidence.length <= 4000);
  assertEquals(error?.context["status"], 200);
});

Deno.test("downloadDriveWithContext() stops a folder at a quota that all files would meet", async () => {
  await using place = await driveSandbox();
  const quota = place.put({ kind: "trouble", trouble: "quota" });
  const next = place.put({ kind: "file", name: "a.txt", file: { bytes: content("a", 10) } });
  const folder = place.put({ kind: "folder", name: "F", entries: [quota, next] });

  const result = await place.download(`https://drive.google.com/drive/folders/${folder}`);

  assertEquals(result.items.map(({ error }) => error?.code), ["DRIVE_QUOTA", "DRIVE_QUOTA"]);
  assertEquals(place.drive.requests.some(({ query }) => query["id"] === next), false);
});

Deno.test("downloadDriveWithContext() fails for a folder and an open link that are private or gone", async () => {
  await using place = await driveSandbox();
  const hidden = place.put({ kind: "trouble", trouble: "private" });

  const results = [
    await place.download(`https://drive.google.com/drive/folders/${hidden}`),
    await place.download(`https://drive.google.com/open?id=${hidden}`),
    await place.download("https://drive.google.com/drive/folders/1Gone_abcdefghijklmnopqrstuvwxyz"),
    await place.download("https://drive.google.com/open?id=1Gone_abcdefghijklmnopqrstuvwxyz"),
  ];

  assertEquals(results.map(({ error }) => error?.code), [
    "DRIVE_PRIVATE",
    "DRIVE_PRIVATE",
    "DRIVE_GONE",
    "DRIVE_GONE",
  ]);
});

Deno.test("downloadDriveWithContext() fails when nothing comes, and for a file that is cut for good", async () => {
  await using place = await driveSandbox();
  const empty = place.put({
    kind: "file",
    name: "a.txt",
    file: { bytes: content("a", 0), saysLength: false },
  });
  const cut = place.put({
    kind: "file",
    name: "b.txt",
    file: { bytes: content("b", 5000), saysLength: false, cuts: Array(30).fill(1000) },
  });

  const nothing = await place.download(empty);
  const never = await place.download(cut);

  place.drive.things.set(empty, { kind: "file", name: "a.txt", file: { bytes: content("a", 9) } });
  const filled = await place.download(empty);

  assertEquals([nothing.error?.code, nothing.error?.retryable], ["EMPTY_FILE", true]);
  assertEquals(filled.error_message, null);
  assertEquals([never.error instanceof NetworkError, never.error?.retryable], [true, true]);
  assertEquals(place.published().length, 2);
});

Deno.test("downloadDriveWithContext() publishes a file that is empty in Drive", async () => {
  await using place = await driveSandbox();
  const empty = place.put({ kind: "file", name: "a.txt", file: { bytes: content("a", 0) } });

  const first = await place.download(empty);
  const again = await place.download(empty);

  assertEquals([first.error_message, first.items[0]?.outcome], [null, "downloaded"]);
  assertEquals(await place.read(first.files_downloaded[0]), "");
  assertEquals(again.items[0]?.outcome, "already_there");
});

Deno.test("downloadDriveWithContext() says that Drive cannot be reached", async () => {
  await using place = await driveSandbox();
  const id = place.put({ kind: "file", name: "a.txt", file: { bytes: content("a", 10) } });
  const { port } = absentTarget();

  const result = await place.download(id, { baseUrl: new URL(`http://127.0.0.1:${port}`) });

  assertEquals([result.error?.category, result.error?.retryable], ["NETWORK", true]);
});

Deno.test("DRIVE_BASE_URL stands in for Google, and must be an address", async () => {
  await using place = await driveSandbox();
  const id = place.put({ kind: "file", name: "a.txt", file: { bytes: content("a", 10) } });
  const link = `https://drive.google.com/file/d/${id}/view`;
  const configured = async (value: string) => {
    Deno.env.set("GLOBAL_DRIVE_BASE_URL", value);
    try {
      return await downloadDriveWithContext(link, sampleRow(), { downloadsDir: place.folder });
    } finally {
      Deno.env.delete("GLOBAL_DRIVE_BASE_URL");
    }
  };

  const result = await configured(place.drive.url.href);

  assertEquals(result.error_message, null);
  await assertRejects(() => configured("127.0.0.1"), ConfigurationError, "DRIVE_BASE_URL");
  assertEquals(driveBaseUrl(), undefined);
});

Deno.test("downloadDriveWithContext() stops at a full disk, and tries no other file", async () => {
  await using place = await driveSandbox();
  const cuts = Array(30).fill(1000);
  const file = { bytes: content("a", 5000), etag: '"1"', cuts };
  const id = place.put({ kind: "file", name: "a.txt", file });
  const next = place.put({ kind: "file", name: "b.txt", file: { bytes: content("b", 10) } });
  const folder = place.put({ kind: "folder", name: "F", entries: [id, next] });
  await place.download(id);
  const part = place.attempts().find((path) => path.endsWith("content.part")) ?? "";
  await Deno.remove(part);
  await Deno.symlink("/dev/full", part);
  file.cuts.splice(0);

  const result = await place.download(`https://drive.google.com/drive/folders/${folder}`);

  assertEquals(result.items.map(({ error }) => [error?.code, error?.severity]), [
    ["ENOSPC", "CRITICAL"],
    ["ENOSPC", "CRITICAL"],
  ]);
  assertEquals(place.published(), []);
});

Deno.test("downloadDriveWithContext() throws what Deno may not do, instead of failing every row", async () => {
  await using place = await driveSandbox();
  const id = place.put({ kind: "file", name: "a.txt", file: { bytes: content("a", 10) } });
  const link = `https://drive.google.com/file/d/${id}/view`;

  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-q", "--no-prompt", "--allow-env"],
      `--allow-read=${place.folder}`,
      `--allow-write=${place.folder}`,
      join(import.meta.dirname ?? ".", "drive_caller.ts"),
      ...[link, place.folder, place.drive.url.href],
    ],
    cwd: "/",
    stdin: "null",
  }).output();

  assertEquals(code, 1);
  assertMatch(new TextDecoder().decode(stderr), /ConfigurationError: .*--allow-net/);
});
