/** Compressed parts of an executable, and their SHA-256 sums. */

import { createHash } from "node:crypto";
import { join } from "@std/path";
import { runProgramOrFail } from "./run_program.ts";

/** A compressed part. */
export interface Part {
  /** Its file. */
  path: string;
  /** Its length. */
  bytes: number;
  /** Its SHA-256 sum, in hexadecimal digits. */
  sum: string;
}

/** Where parts are made. */
export interface PackOptions {
  /** A folder to work in. */
  folder: string;
  /** Ends the work. */
  signal: AbortSignal;
}

/** Compresses the Deno that runs this. The program `gzip` reads it: this script may not. */
export async function packRuntime({ folder, signal }: PackOptions): Promise<Part> {
  const path = join(folder, "deno.gz");
  await runProgramOrFail("gzip", ["-6nc", Deno.execPath()], { outputFile: path, signal });
  return await describePart(path);
}

/** Packs files and folders, each given by its name in the folder that it is taken from. */
export async function packFiles(
  sources: readonly { from: string; entries: readonly string[] }[],
  { folder, signal }: PackOptions,
): Promise<Part> {
  const name = crypto.randomUUID();
  const [archive, path] = [join(folder, `${name}.tar`), join(folder, `${name}.tar.gz`)];
  const words = sources.flatMap(({ from, entries }) => ["-C", from, ...entries]);
  await runProgramOrFail("tar", ["--format=ustar", "-cf", archive, ...words], { signal });
  await runProgramOrFail("gzip", ["-6nc", archive], { outputFile: path, signal });
  return await describePart(path);
}

async function describePart(path: string): Promise<Part> {
  const hash = createHash("sha256");
  using file = await Deno.open(path);
  for await (const chunk of file.readable) hash.update(chunk);
  return { path, bytes: (await Deno.stat(path)).size, sum: hash.digest("hex") };
}
