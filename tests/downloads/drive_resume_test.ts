import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { ServedFile } from "../support/media_site_file.ts";
import { asText, content, driveSandbox } from "./drive_sandbox.ts";

const old = new Date(Date.UTC(2020, 0, 1));

/** Loses the connection after 20 000 bytes until the download is given up. */
async function lostDownload(file: Partial<ServedFile>) {
  const place = await driveSandbox();
  const bytes = content("a", 50_000);
  const served: ServedFile = { bytes, cuts: Array.from({ length: 30 }, () => 20_000), ...file };
  const id = place.put({ kind: "file", name: "a.bin", file: served });
  const lost = await place.download(id);
  served.cuts?.splice(0);
  const replace = (changed: Partial<ServedFile>) =>
    place.drive.things.set(id, { kind: "file", name: "a.bin", file: { ...served, ...changed } });
  const asked = place.drive.requests.length;
  const ranges = () => place.drive.requests.slice(asked).map(({ headers }) => headers.get("range"));
  return { place, id, bytes, lost, replace, ranges };
}

Deno.test("downloadDriveWithContext() continues a lost download of the same version", async () => {
  for (
    const validator of [{ etag: '"1"' }, { lastModified: old }, { etag: '"1"', lastModified: old }]
  ) {
    const { place, id, bytes, lost, ranges } = await lostDownload(validator);
    await using _place = place;

    const result = await place.download(id);

    assertEquals([lost.success, lost.error?.category, lost.error?.retryable], [
      false,
      "NETWORK",
      true,
    ]);
    assertEquals(await place.read(result.files_downloaded[0]), asText(bytes));
    assertEquals(ranges(), ["bytes=20000-"]);
    const sent = place.drive.requests.at(-1)?.headers.get("if-range");
    assertEquals(sent, validator.etag ?? validator.lastModified?.toUTCString());
  }
});

Deno.test("downloadDriveWithContext() takes a lost connection up again by itself", async () => {
  await using place = await driveSandbox();
  const bytes = content("a", 50_000);
  const cuts = [10_000, 20_000, 20_000, 30_000, 40_000, 40_000, 45_000, 49_000];
  const id = place.put({ kind: "file", name: "a.bin", file: { bytes, etag: '"1"', cuts } });

  const result = await place.download(id);

  assertEquals(result.error_message, null);
  assertEquals(await place.read(result.files_downloaded[0]), asText(bytes));
});

Deno.test("downloadDriveWithContext() never mixes two versions of a file", async () => {
  const other = content("b", 50_000);
  const longer = content("b", 60_000);
  const shorter = content("b", 10_000);
  const changes: { before: Partial<ServedFile>; after: Partial<ServedFile> }[] = [
    { before: { etag: '"1"' }, after: { bytes: other, etag: '"2"' } },
    { before: { etag: '"1"' }, after: { bytes: longer, etag: '"2"' } },
    { before: { etag: '"1"' }, after: { bytes: shorter, etag: '"2"' } },
    {
      before: { lastModified: old },
      after: { bytes: other, lastModified: new Date(Date.UTC(2021)) },
    },
    { before: {}, after: { bytes: other } },
    { before: { etag: 'W/"1"' }, after: { bytes: other, etag: 'W/"1"' } },
    { before: { lastModified: new Date() }, after: { bytes: other } },
    { before: { etag: '"1"' }, after: { bytes: other } },
    { before: { etag: '"1"' }, after: { bytes: shorter, knowsRanges: false } },
    // Servers that do not know If-Range, and whose answers tell that it is another version.
    { before: { etag: '"1"' }, after: { bytes: other, etag: '"2"', ignoresIfRange: true } },
    { before: { etag: '"1"' }, after: { bytes: longer, ignoresIfRange: true } },
    { before: { etag: '"1"' }, after: { bytes: shorter, ignoresIfRange: true } },
    {
      before: { lastModified: old },
      after: { bytes: other, lastModified: new Date(Date.UTC(2021)), ignoresIfRange: true },
    },
  ];

  for (const { before, after } of changes) {
    const { place, id, replace } = await lostDownload(before);
    await using _place = place;
    replace({ etag: undefined, lastModified: undefined, ...after });

    const result = await place.download(id);

    assertEquals(result.error_message, null, Deno.inspect(after, { depth: 1 }));
    const text = await place.read(result.files_downloaded[0]);
    assertEquals(text === asText(after.bytes ?? other), true, Deno.inspect({ before, after }));
  }
});

Deno.test("downloadDriveWithContext() does not continue a part whose note is damaged or missing", async () => {
  for (const damage of ["", "{}", "null", '{"version":{"etag":1}}']) {
    const { place, id, bytes, ranges } = await lostDownload({ etag: '"1"' });
    await using _place = place;
    const note = place.attempts().find((path) => path.endsWith("source.json")) ?? "";
    await Deno.writeTextFile(note, damage);

    const result = await place.download(id);

    assertEquals(await place.read(result.files_downloaded[0]), asText(bytes));
    assertEquals(ranges(), [null]);
  }
});

Deno.test("downloadDriveWithContext() starts again where the part is longer than the file", async () => {
  const { place, id, bytes, ranges } = await lostDownload({ etag: '"1"' });
  await using _place = place;
  const part = place.attempts().find((path) => path.endsWith("content.part")) ?? "";
  await Deno.writeTextFile(part, "x".repeat(100_000), { append: true });

  const result = await place.download(id);

  assertEquals(result.error_message, null);
  assertEquals(await place.read(result.files_downloaded[0]), asText(bytes));
  assertEquals(ranges().at(-1), null);
});

Deno.test("downloadDriveWithContext() publishes a part that is whole without asking for more", async () => {
  const { place, id, bytes, ranges } = await lostDownload({ etag: '"1"' });
  await using _place = place;
  const part = place.attempts().find((path) => path.endsWith("content.part")) ?? "";
  await Deno.writeFile(part, bytes);

  const result = await place.download(id);

  assertEquals(await place.read(result.files_downloaded[0]), asText(bytes));
  assertEquals(ranges(), []);
});

Deno.test("downloadDriveWithContext() gives the one version or the other, whatever is cut and changed when", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 4 }),
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom<Partial<ServedFile>>({ etag: '"1"' }, { lastModified: old }, {}),
      fc.boolean(),
      async (cuts, changesAt, validator, sameLength) => {
        await using place = await driveSandbox();
        const first: ServedFile = { bytes: content("a", 30_000), cuts: [...cuts], ...validator };
        const second: ServedFile = {
          bytes: content("b", sameLength ? 30_000 : 25_000),
          cuts: first.cuts ?? [],
          ...("etag" in validator ? { etag: '"2"' } : {}),
          ...("lastModified" in validator ? { lastModified: new Date(Date.UTC(2021)) } : {}),
        };
        const id = place.put({ kind: "file", name: "a.bin", file: first });
        place.drive.onRequest = (count) => {
          if (count === changesAt) {
            place.drive.things.set(id, { kind: "file", name: "a.bin", file: second });
          }
        };

        const result = await place.download(id);

        assertEquals(result.error_message, null);
        const text = await place.read(result.files_downloaded[0]);
        assertEquals([asText(first.bytes), asText(second.bytes)].includes(text), true);
      },
    ),
    { numRuns: 40 },
  );
});
