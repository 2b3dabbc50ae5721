import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import fc from "fast-check";
import { FileOperationError } from "../../lib/core/mod.ts";
import { findRowByFile, type SourceDetails } from "../../lib/downloads/mod.ts";
import {
  openAttemptFolder,
  publishedName,
  publishFile,
  safeTitle,
  splitFileName,
} from "../../lib/downloads/publishing/mod.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { sampleRow } from "./sample_row.ts";

const source: SourceDetails = {
  download_type: "drive",
  source_url: "https://drive.google.com/file/d/1",
  item_url: "https://drive.google.com/open?id=1",
  media_id: "1",
  title: "a",
  variant: "default",
  item_files: 1,
  details: {},
};

async function publish(folder: string, text: string, changes: Partial<SourceDetails> = {}) {
  const path = join(folder, ".work");
  await Deno.writeTextFile(path, text);
  return await publishFile({
    path,
    stem: "a",
    mark: "",
    extension: ".txt",
    downloadsFolder: folder,
    rowContext: sampleRow(),
    source: { ...source, ...changes },
    metadata: true,
  });
}

Deno.test("safeTitle() and publishedName() make a safe name of any title", () => {
  const titles = fc.oneof(
    fc.string({ unit: "binary", maxLength: 400 }),
    fc.string({
      unit: fc.constantFrom(
        "/",
        "\\",
        ".",
        ",",
        "..",
        "\0",
        "\n",
        " ",
        "ü",
        "😀",
        "\u202e",
        "\ud800",
      ),
    }),
  );
  const extensions = fc.constantFrom("", ".mp4", ".tar.gz");
  fc.assert(
    fc.property(titles, extensions, fc.integer({ min: 1, max: 1000 }), (stem, extension, place) => {
      const suffix = sampleRow({ row_id: "x".repeat(60) }).toFilenameSuffix();

      const name = publishedName({ stem, suffix, extension }, place);

      assert(new TextEncoder().encode(`${name}.metadata.json`).length <= 255);
      assert(!/[/\\:*?"<>|,;\p{C}\p{Zl}\p{Zp}]/u.test(name) && name.isWellFormed(), name);
      assert(!/^[.\s]/.test(name) && name.trim() === name, name);
      assert(name.includes(suffix) && name.endsWith(extension));
      assert(safeTitle(stem) !== "");
    }),
    { numRuns: 500 },
  );
});

Deno.test("splitFileName() takes for an extension what looks like one", () => {
  const cases: [name: string, stem: string, extension: string][] = [
    ["a.pdf", "a", ".pdf"],
    ["a.tar.gz", "a", ".tar.gz"],
    ["v1.2 final", "v1.2 final", ""],
    [".bashrc", ".bashrc", ""],
    ["a.", "a.", ""],
    ["Mr. Smith", "Mr. Smith", ""],
    ["", "", ""],
  ];

  for (const [name, stem, extension] of cases) {
    assertEquals(splitFileName(name), { stem, extension });
  }
});

Deno.test("publishFile() replaces the row's own item, and nothing else", async () => {
  await using temporary = await temporaryFolder("publish");
  const { path: folder } = temporary;

  const first = await publish(folder, "one");
  const again = await publish(folder, "two");
  const otherItem = await publish(folder, "three", {
    item_url: "https://drive.google.com/open?id=2",
  });
  const otherWish = await publish(folder, "four", { variant: "pdf" });
  await Deno.writeTextFile(join(folder, "a_row17_INFJ (4).txt"), "somebody's own");
  const fifth = await publish(folder, "five", { item_url: "https://drive.google.com/open?id=5" });

  assertEquals([first.file_name, again.file_name], ["a_row17_INFJ.txt", "a_row17_INFJ.txt"]);
  assertEquals(otherItem.file_name, "a_row17_INFJ (2).txt");
  assertEquals(otherWish.file_name, "a_row17_INFJ (3).txt");
  assertEquals(fifth.file_name, "a_row17_INFJ (5).txt");
  assertEquals(await Deno.readTextFile(join(folder, "a_row17_INFJ.txt")), "two");
  assertEquals(await Deno.readTextFile(join(folder, "a_row17_INFJ (4).txt")), "somebody's own");
});

Deno.test("publishFile() leaves no file without a row, whatever stops it", async () => {
  await using temporary = await temporaryFolder("publish");
  const { path: folder } = temporary;
  // What the file is to be renamed to cannot be replaced: the last step fails.
  await Deno.mkdir(join(folder, "a_row17_INFJ.txt"));
  await Deno.writeTextFile(
    join(folder, "a_row17_INFJ.txt.metadata.json"),
    JSON.stringify({
      ...source,
      row_context: sampleRow().toMetadataDict(),
      file_name: "a_row17_INFJ.txt",
      size_bytes: 1,
    }),
  );

  await assertRejects(() => publish(folder, "one"), FileOperationError, "Cannot publish");
  await assertRejects(() => publish(folder, ""), FileOperationError, "the file is empty");

  const names = [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile).map(({ name }) =>
    name
  );
  assertEquals(names.sort(), [".work", "a_row17_INFJ.txt.metadata.json"]);
  assertEquals(await findRowByFile("a_row17_INFJ.txt", folder), sampleRow());
});

Deno.test("openAttemptFolder() waits out a lock that is about to be given up", async () => {
  await using folder = await temporaryFolder("attempt");
  const open = () => openAttemptFolder(folder.path, "drive", sampleRow(), "item");
  const { path } = await open().then((attempt) => {
    attempt[Symbol.dispose]();
    return attempt;
  });
  // As a program does that a killed run was just starting.
  const held = await Deno.open(`${path}.lock`, { write: true, create: true });
  await held.lock(true);

  const opening = open();
  opening.catch(() => {});
  for (let step = 0; step < 50; step++) await Deno.stat(path); // time for a first attempt
  held.close();

  using attempt = await opening;
  assertEquals(attempt.path, path);
});
