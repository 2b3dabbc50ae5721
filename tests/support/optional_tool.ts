/** Tests that need a program which not every machine has. */

/**
 * Gives the options of a test that needs a program on PATH: the test is skipped, and counted as
 * skipped, where the program is missing. With `CI=true` that is an error instead.
 *
 * ```ts ignore
 * Deno.test("downloadVideo() …", optionalTool("ffmpeg"), async () => {});
 * ```
 */
export function optionalTool(name: string): { ignore: boolean } {
  if (findTool(name) !== undefined) return { ignore: false };
  const reason = `"${name}" is not on PATH; install it`;
  if (Deno.env.get("CI") === "true") throw new Error(`Cannot run all tests as ${reason}`);
  // deno-lint-ignore no-console -- the person who runs the tests should see why some are skipped
  console.error(`Skipping tests as ${reason} to run them`);
  return { ignore: true };
}

/** Gives a program's path. Servers are looked for where systems keep them, on PATH or not. */
export function findTool(name: string): string | undefined {
  const folders = [...(Deno.env.get("PATH") ?? "").split(":"), "/usr/local/sbin", "/usr/sbin"];
  return folders.map((folder) => `${folder}/${name}`).find((path) => {
    try {
      const { isFile, mode } = Deno.statSync(path);
      return isFile && ((mode ?? 0) & 0o111) !== 0;
    } catch {
      return false;
    }
  });
}
