import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "@std/path";
import {
  downloadDriveWithContext,
  findRowByFile,
  parseDriveLink,
} from "../../lib/downloads/mod.ts";
import { waitFor } from "../support/wait_for.ts";
import { asText, content, driveSandbox } from "./drive_sandbox.ts";
import { sampleRow } from "./sample_row.ts";

const id = "1AbCdEfGhIjKlMnOpQrStUvWxYz_-0123";

Deno.test("parseDriveLink() knows every form of link", () => {
  const forms: Record<string, string> = {
    [`https://drive.google.com/file/d/${id}`]: "file",
    [`https://drive.google.com/file/d/${id}/view?usp=sharing`]: "file",
    [`https://drive.google.com/file/d/${id}/edit#gid=0`]: "file",
    [`http://drive.google.com/file/d/${id}/preview`]: "file",
    [` https://drive.google.com/file/u/0/d/${id}/view\n`]: "file",
    [`https://drive.google.com/a/example.com/file/d/${id}/view`]: "file",
    [`https://drive.google.com/open?id=${id}`]: "unknown",
    [`https://drive.google.com/open?usp=drive_fs&id=${id}`]: "unknown",
    [`https://drive.google.com/uc?id=${id}&export=download`]: "file",
    [`https://docs.google.com/uc?export=download&id=${id}`]: "file",
    [`https://drive.google.com/u/1/uc?id=${id}`]: "file",
    [`https://drive.usercontent.google.com/download?id=${id}&confirm=t`]: "file",
    [`https://drive.usercontent.google.com/u/0/download?id=${id}`]: "file",
    [`https://video.google.com/get_player?docid=${id}`]: "file",
    [`https://docs.google.com/document/d/${id}/edit?tab=t.0`]: "document",
    [`https://docs.google.com/document/u/0/d/${id}/htmlview`]: "document",
    [`https://docs.google.com/spreadsheets/d/${id}/edit#gid=1`]: "spreadsheets",
    [`https://docs.google.com/presentation/d/${id}/view`]: "presentation",
    [`https://drive.google.com/drive/folders/${id}?usp=sharing`]: "folder",
    [`https://drive.google.com/drive/u/2/folders/${id}`]: "folder",
    [`https://drive.google.com/drive/mobile/folders/${id}`]: "folder",
    [`https://drive.google.com/embeddedfolderview?id=${id}#grid`]: "folder",
    [`https://drive.google.com/folderview?id=${id}`]: "folder",
    [`https://drive.google.com/leaf?id=${id}`]: "unknown",
  };

  for (const [link, kind] of Object.entries(forms)) {
    const found = parseDriveLink(link);

    assertEquals([found.kind, found.id, found.resourceKey], [kind, id, null], link);
  }
  assertEquals(
    parseDriveLink(`https://drive.google.com/file/d/${id}/view?resourcekey=0-aB_c`).resourceKey,
    "0-aB_c",
  );
});

Deno.test("downloadDriveWithContext() refuses what is no link to Drive, without asking anybody", async () => {
  await using place = await driveSandbox();
  const links = [
    "",
    "not a link",
    "https://drive.google.com/",
    "https://drive.google.com/file/d/short/view",
    `https://drive.google.com.example.org/file/d/${id}/view`,
    `https://example.org/?u=drive.google.com/file/d/${id}`,
    `file:///file/d/${id}`,
    `https://drive.google.com/file/d/${"../".repeat(10)}etc/view`,
  ];

  for (const link of links) {
    const options = { downloadsDir: place.folder, baseUrl: place.drive.url };
    const result = await downloadDriveWithContext(link, sampleRow(), options);

    assertEquals([result.success, result.error?.code], [false, "UNSUPPORTED_URL"], link);
  }
  assertEquals(place.drive.requests, []);
});

Deno.test("downloadDriveWithContext() publishes a file under its own name, with its metadata", async () => {
  await using place = await driveSandbox();
  const bytes = content("a", 50_000);
  const key = place.put({
    kind: "file",
    name: "Bericht, März.tar.gz",
    file: { bytes, etag: '"1"' },
  });
  const progress: number[] = [];

  const result = await place.download(key, { onProgress: (now) => progress.push(now.bytes) });
  const again = await place.download(`https://drive.google.com/uc?id=${key}`);

  const [name = ""] = result.files_downloaded;
  assertEquals(result.error_message, null);
  assertEquals(name, "Bericht_ März_row17_INFJ.tar.gz");
  assertEquals(place.published(), [name, `${name}.metadata.json`]);
  assertEquals([...Deno.readDirSync(join(place.folder, ".attempts"))], []);
  assertEquals(await place.read(name), asText(bytes));
  assertEquals([result.media_id, again.media_id], [key, key]);
  assertEquals(progress.at(-1), bytes.length);
  const metadata = await place.metadata(name);
  assertEquals(metadata["row_context"], sampleRow().toMetadataDict());
  assertEquals(metadata["title"], "Bericht, März.tar.gz");
  assertMatch(String(metadata["source_url"]), new RegExp(`/file/d/${key}/view\\?usp=sharing$`));
  assertEquals(await findRowByFile(name, place.folder), sampleRow());
  assertEquals(again.items[0]?.outcome, "already_there");
  assertEquals(place.drive.requests.length, 1);
});

Deno.test("downloadDriveWithContext() takes the name that is asked for, with the file's extension", async () => {
  await using place = await driveSandbox();
  const key = place.put({ kind: "file", name: "a.pdf", file: { bytes: content("a", 100) } });

  const plain = await place.download(key, { filename: "../Report/2" });
  const own = await place.download(key, { filename: "b.txt" });
  const bare = await place.download(key, { metadata: false });
  const bareAgain = await place.download(key, { metadata: false });

  assertEquals(plain.files_downloaded, ["_Report_2_row17_INFJ.pdf"]);
  assertEquals(own.files_downloaded, ["b_row17_INFJ.txt"]);
  assertEquals([bare.files_downloaded, bare.metadata_file], [["a_row17_INFJ.pdf"], null]);
  assertEquals(bareAgain.files_downloaded, bare.files_downloaded);
  assertEquals(place.published().filter((name) => name.startsWith("a")), ["a_row17_INFJ.pdf"]);
});

for (const confirm of ["form", "link", "json"] as const) {
  Deno.test(`downloadDriveWithContext() confirms that it wants a large file (${confirm})`, async () => {
    await using place = await driveSandbox();
    const bytes = content("a", 10_000);
    const key = place.put({ kind: "file", name: "big.zip", file: { bytes }, confirm });

    const result = await place.download(key);

    assertEquals(result.error_message, null);
    assertEquals(await place.read(result.files_downloaded[0]), asText(bytes));
    assertEquals(place.drive.requests.length, 2);
  });
}

Deno.test("downloadDriveWithContext() saves a web page only where that is the file", async () => {
  await using place = await driveSandbox();
  const bytes = new TextEncoder().encode(
    "<!DOCTYPE html><html><title>Quota exceeded</title></html>",
  );
  const page = place.put({ kind: "file", name: "page.html", file: { bytes, type: "text/html" } });
  const disguised = place.put({
    kind: "file",
    name: "film.mp4",
    file: { bytes, type: "video/mp4", headers: { "Content-Disposition": "inline" } },
  });

  const real = await place.download(page);
  const false_ = await place.download(disguised);
  const falseAgain = await place.download(disguised);

  assertEquals(real.error_message, null);
  assertEquals(await place.read(real.files_downloaded[0]), asText(bytes));
  assertEquals([false_.success, falseAgain.success], [false, false]);
  assertEquals(place.published().length, 2);
});

Deno.test("downloadDriveWithContext() exports Google's own documents, by any link to them", async () => {
  await using place = await driveSandbox();
  const file = { bytes: content("d", 5000), saysLength: false, knowsRanges: false };
  const document = place.put({ kind: "document", name: "Notes", file });
  const sheet = place.put({ kind: "spreadsheets", name: "Sums", file });
  const slides = place.put({ kind: "presentation", name: "Talk", file });

  const results = [
    await place.download(`https://docs.google.com/document/d/${document}/edit`),
    await place.download(`https://drive.google.com/open?id=${sheet}`),
    await place.download(`https://drive.google.com/uc?id=${slides}`),
    await place.download(`https://docs.google.com/spreadsheets/d/${sheet}/edit`, {
      exportFormat: "csv",
    }),
  ];
  const wrong = await place.download(`https://docs.google.com/document/d/${document}/edit`, {
    exportFormat: "xlsx",
  });

  assertEquals(results.map(({ files_downloaded }) => files_downloaded[0]), [
    "Notes_row17_INFJ.docx",
    "Sums_row17_INFJ.xlsx",
    "Talk_row17_INFJ.pptx",
    "Sums_row17_INFJ.csv",
  ]);
  assertEquals([wrong.error?.category, wrong.success], ["VALIDATION", false]);
});

Deno.test("downloadDriveWithContext() takes a folder file by file, its folders too, past one that is gone", async () => {
  await using place = await driveSandbox();
  const file = (letter: string) => ({
    kind: "file" as const,
    name: "same, name.txt",
    file: { bytes: content(letter, 100) },
  });
  const [a, b, c] = [place.put(file("a")), place.put(file("b")), place.put(file("c"))];
  const inner: string[] = [c];
  const subfolder = place.put({ kind: "folder", name: "Inner", entries: inner });
  const missing = "1Missing_abcdefghijklmnopqrstuvwx";
  const folder = place.put({
    kind: "folder",
    name: "Outer",
    entries: [a, missing, subfolder, b],
  });
  inner.push(folder); // round in a circle

  const partial = await place.download(`https://drive.google.com/drive/folders/${folder}`);
  place.drive.things.set(missing, { ...file("m"), name: "late.txt" });
  const before = place.drive.requests.length;
  const whole = await place.download(`https://drive.google.com/drive/folders/${folder}`);

  assertEquals(partial.success, false);
  assertEquals(partial.items.map(({ outcome }) => outcome), [
    "downloaded",
    "failed",
    "downloaded",
    "downloaded",
  ]);
  assertEquals(partial.items[1]?.error?.code, "DRIVE_GONE");
  const texts = await Promise.all(partial.files_downloaded.map(place.read));
  assertEquals(texts.map((text) => text[0]), ["a", "c", "b"]);
  assertEquals(new Set(partial.files_downloaded).size, 3);
  assert(partial.files_downloaded.every((name) => !name.includes(",")));
  for (const name of whole.files_downloaded) {
    assertEquals(await findRowByFile(name, place.folder), sampleRow());
  }
  assertEquals(whole.success, true);
  assertEquals(whole.files_downloaded.length, 4);
  assertEquals(place.drive.requests.length - before, 3); // two folders and the one file
});

Deno.test("downloadDriveWithContext() takes all of a folder whose page has many megabytes", async () => {
  await using place = await driveSandbox();
  const put = (name: string) =>
    place.put({ kind: "file", name, file: { bytes: content(name, 100) } });
  const long = place.put({ kind: "folder", name: "n".repeat(5 * 1024 * 1024), entries: [] });
  const folder = place.put({ kind: "folder", name: "F", entries: [put("a"), long, put("b")] });

  const result = await place.download(`https://drive.google.com/drive/folders/${folder}`);

  assertEquals([result.success, result.error_message], [true, null]);
  assertEquals(result.files_downloaded, ["a_row17_INFJ", "b_row17_INFJ"]);
});

Deno.test("downloadDriveWithContext() takes no part of a folder's list for all of it", async () => {
  await using place = await driveSandbox();
  const file = place.put({ kind: "file", name: "a", file: { bytes: content("a", 100) } });
  const long = place.put({ kind: "folder", name: "n".repeat(33 * 1024 * 1024), entries: [] });
  const folder = place.put({ kind: "folder", name: "F", entries: [file, long, file] });

  const result = await place.download(`https://drive.google.com/drive/folders/${folder}`);

  assertEquals([result.success, result.error?.code], [false, "DRIVE_FOLDER_TOO_LONG"]);
  assertMatch(result.error_message ?? "", /longer than 32 MiB; put the files into several folders/);
  assertEquals(place.published(), []);
});

Deno.test("downloadDriveWithContext() names what of a folder cannot be downloaded, and takes the rest", async () => {
  await using place = await driveSandbox();
  const file = place.put({ kind: "file", name: "a.txt", file: { bytes: content("a", 100) } });
  const form = place.put({ kind: "forms", name: "Survey" });
  const drawing = place.put({ kind: "drawings", name: "Sketch" });
  const folder = place.put({ kind: "folder", name: "F", entries: [form, file, drawing] });

  const result = await place.download(`https://drive.google.com/drive/folders/${folder}`);

  assertEquals(result.success, false);
  assertEquals(result.items.map(({ title, outcome }) => `${title} ${outcome}`), [
    "Survey failed",
    "a.txt downloaded",
    "Sketch failed",
  ]);
  assertEquals([result.error?.code, result.error?.retryable], ["DRIVE_NOT_A_FILE", false]);
  assertMatch(
    result.error_message ?? "",
    /^2 of 3 items failed: Cannot download "Survey" \(https:\/\/docs\.google\.com/,
  );
});

Deno.test("downloadDriveWithContext() gives the key of a link to one of Google's documents", async () => {
  await using place = await driveSandbox();
  const file = { bytes: content("d", 100) };
  const id = place.put({ kind: "document", name: "Notes", file });

  await place.download(`https://docs.google.com/document/d/${id}/edit?resourcekey=0-Key_1`);

  const exports = place.drive.requests.filter(({ path }) => path.endsWith("/export"));
  assertEquals(exports.map(({ query }) => query["resourcekey"]), ["0-Key_1"]);
});

Deno.test("downloadDriveWithContext() refuses one name for all files of a folder, and an empty folder", async () => {
  await using place = await driveSandbox();
  const key = place.put({ kind: "file", name: "a.txt", file: { bytes: content("a", 100) } });
  const folder = place.put({ kind: "folder", name: "F", entries: [key] });
  const empty = place.put({ kind: "folder", name: "E", entries: [] });

  const named = await place.download(`https://drive.google.com/drive/folders/${folder}`, {
    filename: "one.txt",
  });
  const nothing = await place.download(`https://drive.google.com/drive/folders/${empty}`);

  const empties = place.put({ kind: "folder", name: "Empties", entries: [empty] });
  const nothings = await place.download(`https://drive.google.com/drive/folders/${empties}`);

  assertEquals([named.error?.code, nothing.error?.code], ["NO_ITEMS", "NO_ITEMS"]);
  assertEquals([nothings.success, nothings.error?.code], [false, "NO_ITEMS"]);
  assertEquals(place.published(), []);
});

Deno.test("downloadDriveWithContext() keeps files of a folder apart that have one name, without metadata too", async () => {
  await using place = await driveSandbox();
  const put = (letter: string) =>
    place.put({ kind: "file", name: "a.txt", file: { bytes: content(letter, 100) } });
  const folder = place.put({ kind: "folder", name: "F", entries: [put("a"), put("b")] });

  const result = await place.download(`https://drive.google.com/drive/folders/${folder}`, {
    metadata: false,
  });

  const texts = await Promise.all(result.files_downloaded.map(place.read));
  assertEquals(texts.map((text) => text[0]), ["a", "b"]);
  assertEquals(place.published().length, 2);
});

Deno.test("downloadDriveWithContext() can be cancelled at any time, and goes on from there", async () => {
  await using place = await driveSandbox();
  const bytes = content("a", 50_000);
  const file = { bytes, etag: '"1"', holdAt: 20_000 };
  const key = place.put({ kind: "file", name: "a.bin", file });
  const stop = new AbortController();

  const download = place.download(key, { signal: stop.signal });
  await waitFor(() => place.attempts().some((path) => sizeOf(path) >= 20_000), { what: "a part" });
  stop.abort();
  await assertRejects(() => download, DOMException);
  place.drive.things.set(key, { kind: "file", name: "a.bin", file: { bytes, etag: '"1"' } });
  const result = await place.download(key);

  assertEquals(await place.read(result.files_downloaded[0]), asText(bytes));
  assertMatch(place.drive.requests.at(-1)?.headers.get("range") ?? "", /^bytes=2\d{4}-$/);
  await assertRejects(() => place.download(key, { signal: stop.signal }), DOMException);
});

Deno.test("downloadDriveWithContext() is for one process at a time, for each file of a row", async () => {
  await using place = await driveSandbox();
  const file = { bytes: content("a", 50_000), holdAt: 20_000 };
  const key = place.put({ kind: "file", name: "a.bin", file });
  const stop = new AbortController();

  const first = place.download(key, { signal: stop.signal });
  await waitFor(() => place.attempts().some((path) => sizeOf(path) > 0), { what: "a part" });
  const second = await place.download(key);
  stop.abort();
  await assertRejects(() => first, DOMException);

  assertEquals([second.error?.code, second.error?.retryable], ["LOCK_TIMEOUT", true]);
});

Deno.test("downloadDriveWithContext() says which folder cannot be written", async () => {
  await using place = await driveSandbox();
  const key = place.put({ kind: "file", name: "a.bin", file: { bytes: content("a", 100) } });
  await Deno.mkdir(place.folder, { recursive: true });
  await Deno.writeTextFile(join(place.folder, ".attempts"), "in the way");

  const inTheWay = await place.download(key);
  await Deno.remove(place.folder, { recursive: true });
  await Deno.writeTextFile(place.folder, "in the way");
  const noFolder = await place.download(key);

  assertEquals([inTheWay.success, inTheWay.error?.category], [false, "FILE_IO"]);
  assertMatch(inTheWay.error_message ?? "", /^Cannot prepare the folder '.*\.attempts/);
  assertEquals([noFolder.success, noFolder.error?.category], [false, "FILE_IO"]);
  assertMatch(noFolder.error_message ?? "", /^Cannot read the folder '.*downloads'/);
});

function sizeOf(path: string): number {
  return path.endsWith("content.part") ? Deno.statSync(path).size : 0;
}
