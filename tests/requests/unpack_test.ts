import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { join } from "@std/path";
import { FileOperationError } from "../../lib/core/mod.ts";
import { streamParts } from "../../lib/requests/files/stream_parts.ts";
import { unpackFile } from "../../lib/requests/files/unpack.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { zipOf } from "./zip_file.ts";

const maxBytes = 1_000_000;

Deno.test("unpackFile() gives back what was packed, and refuses every damaged archive or gives the same", async () => {
  await using folder = await temporaryFolder("unpack");
  let count = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 3000 }),
      fc.constantFrom("gz", "zip"),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      async (content, packing, place, mask) => {
        const packed = packing === "gz"
          ? new Uint8Array(gzipSync(content))
          : zipOf({ "a.csv": content });
        const from = join(folder.path, `${++count}.${packing}`);
        const task = { from, packing, shownPath: "/p/a", maxBytes } as const;
        await Deno.writeFile(from, packed);

        await unpackFile({ ...task, to: `${from}.out` });
        const given = await Deno.readFile(`${from}.out`);
        const at = place % packed.length;
        packed[at] = (packed[at] ?? 0) ^ mask;
        await Deno.writeFile(from, packed);
        const damaged = await unpackFile({ ...task, to: `${from}.bad` }).then(
          () => Deno.readFile(`${from}.bad`),
          (error: unknown) => error,
        );

        assertEquals(given, content);
        // Some bytes, such as times and names, are not the content's.
        if (damaged instanceof Uint8Array) assertEquals(damaged, content);
        else assertEquals(damaged instanceof FileOperationError, true, String(damaged));
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("streamParts() throws what a stream has failed with before it was read", async () => {
  const stream = new Readable({ read() {} });
  const parts = streamParts(stream);
  const isEmitted = new Promise((resolve) => stream.once("error", resolve));
  stream.emit("error", new Error("invalid stored block lengths"));
  await isEmitted;

  const read = () => Array.fromAsync(parts);

  await assertRejects(read, Error, "invalid stored block lengths");
});

Deno.test("unpackFile() ends at its limit and leaves nothing behind", async () => {
  await using folder = await temporaryFolder("unpack");
  const from = join(folder.path, "a.gz");
  const to = join(folder.path, "a");
  await Deno.writeFile(from, gzipSync("x".repeat(2000)));

  const unpack = () =>
    unpackFile({ from, to, packing: "gz", shownPath: "/p/a.gz", maxBytes: 1999 });

  await assertRejects(unpack, FileOperationError, "it becomes more than 1999 bytes; allow more");
  await assertRejects(() => Deno.stat(to), Deno.errors.NotFound);
});
