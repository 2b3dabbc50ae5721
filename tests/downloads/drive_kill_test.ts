import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import type { ServedFile } from "../support/media_site_file.ts";
import { seededRandom } from "../support/seeded_random.ts";
import { waitFor } from "../support/wait_for.ts";
import { asText, content, driveSandbox } from "./drive_sandbox.ts";

const rounds = 6;

Deno.test("downloadDriveWithContext() killed at random loses nothing, mixes nothing and publishes nothing unfinished", async () => {
  await using place = await driveSandbox();
  const random = seededRandom(20_261_121);
  const bytes = content("a", 200_000);
  const file: ServedFile = { bytes, etag: '"1"', holdAt: 0 };
  const id = place.put({ kind: "file", name: "a.bin", file });
  const link = `https://drive.google.com/file/d/${id}/view`;
  // Each answer takes the mark that is set at the time.
  place.drive.onRequest = () =>
    void place.drive.things.set(id, { kind: "file", name: "a.bin", file: { ...file } });
  const sizes: number[] = [];

  for (let round = 1; round <= rounds; round++) {
    file.holdAt = Math.floor((round - random.next()) / rounds * bytes.length);
    const before = place.drive.requests.length;
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-q",
        "-A",
        join(import.meta.dirname ?? ".", "drive_caller.ts"),
        link,
        place.folder,
        place.drive.url.href,
      ],
      stdin: "null",
      stdout: "null",
    }).spawn();
    await waitFor(() => place.drive.requests.length > before, { what: "a request" });
    await waitFor(() => partSize() >= (file.holdAt ?? 0), { what: "the part" });
    child.kill("SIGKILL");
    await child.status;
    sizes.push(partSize());
    assertEquals(place.published(), []);
  }
  file.holdAt = Infinity;
  const result = await place.download(link);

  assertEquals(sizes, sizes.toSorted((one, other) => one - other));
  assertEquals(await place.read(result.files_downloaded[0]), asText(bytes));
  const last = place.drive.requests.at(-1)?.headers;
  assertEquals(last?.get("range"), `bytes=${sizes.at(-1)}-`);
  assert(place.published().length === 2 && place.attempts().length === 0);

  function partSize(): number {
    const part = place.attempts().find((path) => path.endsWith("content.part"));
    return part === undefined ? 0 : Deno.statSync(part).size;
  }
});
