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
  if (isOnPath(name)) return { ignore: false };
  const reason = `"${name}" is not on PATH; install it`;
  if (Deno.env.get("CI") === "true") throw new Error(`Cannot run all tests as ${reason}`);
  // deno-lint-ignore no-console -- the person who runs the tests should see why some are skipped
  console.error(`Skipping tests as ${reason} to run them`);
  return { ignore: true };
}

function isOnPath(name: string): boolean {
  return (Deno.env.get("PATH") ?? "").split(":").some((folder) => {
    try {
      const { isFile, mode } = Deno.statSync(`${folder}/${name}`);
      return isFile && ((mode ?? 0) & 0o111) !== 0;
    } catch {
      return false;
    }
  });
}
