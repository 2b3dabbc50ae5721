/** The program behind `deno bundle`, which Deno fetches when it bundles for the first time. */

import { join } from "@std/path";
import { temporaryFolder } from "./temporary_folder.ts";

/**
 * Has Deno fetch it, in the environment of the caller: tests that build executables run in one of
 * their own, which knows nothing of this machine's proxies and certificates.
 *
 * @throws Error with Deno's words when it cannot be fetched
 */
export async function fetchBundler(): Promise<void> {
  await using folder = await temporaryFolder("bundler");
  const entry = join(folder.path, "entry.ts");
  await Deno.writeTextFile(entry, "export {};\n");
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "-q", "--no-config", "-o", join(folder.path, "out.js"), entry],
    stdin: "null",
    stdout: "null",
  }).output();
  if (code === 0) return;
  throw new Error(`Cannot fetch Deno's bundler: ${new TextDecoder().decode(stderr)}`);
}
