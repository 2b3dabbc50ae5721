/** The files that are carried over and back. */

import { join } from "@std/path";
import { startWatchdog } from "../../support/watchdog.ts";

/** How many files of which size. */
export interface Load {
  /** For the report. */
  title: string;
  files: number;
  bytes: number;
}

/** A folder of the benchmark; disposing removes it. */
export interface BenchFiles extends AsyncDisposable {
  /** Where everything lies. */
  readonly root: string;
  /** Where that is, for the report. */
  readonly place: string;
  /** Gives the folder of a load, made when it is first asked for. */
  source(load: Load): string;
}

/** Makes the folder, in memory where this user may have that: disks would only add noise. */
export function benchFiles(): BenchFiles {
  const root = Deno.makeTempDirSync({ prefix: "opsdeck-bench-sftp-" });
  // Deno guards /dev/shm, which is there for everybody, as it does devices.
  const inMemory = run("mount", "-t", "tmpfs", "tmpfs", root);
  const watchdog = startWatchdog('umount -l "$1"; rm -rf "$1"', [root]);
  return {
    root,
    place: inMemory ? "memory" : root,
    source(load) {
      const folder = join(root, `source-${load.files}x${load.bytes}`);
      if (!exists(folder)) makeFiles(folder, load);
      return folder;
    },
    [Symbol.asyncDispose]: () => watchdog[Symbol.asyncDispose](),
  };
}

/** Makes sure that a run has carried all there is. */
export function checkCarried(folder: string, { files, bytes }: Load): void {
  const sizes = walk(folder);
  const isWhole = sizes.length === files && sizes.every((size) => size === bytes);
  if (!isWhole) throw new Error(`Cannot count a run: ${sizes.length} of ${files} files are there`);
}

function walk(folder: string): number[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = join(folder, name);
    return isDirectory ? walk(path) : [Deno.statSync(path).size];
  });
}

function makeFiles(folder: string, { files, bytes }: Load): void {
  Deno.mkdirSync(folder);
  const random = new Uint8Array(1024 * 1024);
  for (let at = 0; at < random.length; at += 65_536) {
    crypto.getRandomValues(random.subarray(at, at + 65_536));
  }
  for (let file = 0; file < files; file++) {
    using target = Deno.openSync(join(folder, `file-${file}.bin`), {
      write: true,
      createNew: true,
    });
    for (let left = bytes; left > 0;) {
      left -= target.writeSync(random.subarray(0, Math.min(left, random.length)));
    }
  }
}

function run(program: string, ...args: string[]): boolean {
  try {
    return new Deno.Command(program, { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
