/** Finds the file that a client's path means, and nothing outside the served folder. */

import { basename, dirname, join, normalize } from "@std/path/posix";

/** Gives a client's path in its plain form: absolute, without `.`, `..` and double slashes. */
export function plainPath(path: string): string {
  const plain = normalize(`/${path}`);
  return plain.length > 1 && plain.endsWith("/") ? plain.slice(0, -1) : plain;
}

/**
 * Gives the local file that a client's path means.
 *
 * No `..` and no symbolic link leads out of the folder. What changes the links of the folder at
 * the same moment could: serve only folders that nobody else writes links into.
 *
 * @param root the served folder, without symbolic links in its path
 * @param follow whether a symbolic link at the path's end is followed
 * @throws Deno.errors.PermissionDenied when it lies outside; Deno.errors.NotFound when a folder on
 *   the way is missing, or the link at the end leads nowhere
 */
export async function locate(
  root: string,
  path: string,
  { follow }: { follow: boolean },
): Promise<string> {
  const plain = plainPath(path);
  if (plain === "/") return root;
  const folder = await insideOnly(root, join(root, dirname(plain)));
  const place = join(folder, basename(plain));
  if (!follow || !(await Deno.lstat(place).then(isLink, ignoreMissing))) return place;
  return await insideOnly(root, place);
}

async function insideOnly(root: string, path: string): Promise<string> {
  const real = await Deno.realPath(path);
  if (real === root || real.startsWith(root === "/" ? "/" : `${root}/`)) return real;
  throw new Deno.errors.PermissionDenied("The path leads out of the served folder");
}

function isLink({ isSymlink }: Deno.FileInfo): boolean {
  return isSymlink;
}

function ignoreMissing(error: unknown): boolean {
  if (error instanceof Deno.errors.NotFound) return false;
  throw error;
}
