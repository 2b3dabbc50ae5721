import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { RestoreRun } from "../../lib/requests/files/restore_run.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

Deno.test("RestoreRun leaves no lock of its own or of another run that has ended", async () => {
  await using folder = await temporaryFolder("runs");

  const lane = async () => {
    for (let count = 0; count < 25; count++) {
      await using _run = await RestoreRun.begin(folder.path, folder.path);
    }
  };
  await Promise.all(Array.from({ length: 8 }, lane));

  assertEquals([...Deno.readDirSync(join(folder.path, "restores"))], []);
});
