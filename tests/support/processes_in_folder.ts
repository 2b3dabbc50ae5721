/** Finding processes by the folder that they work in. Linux only, by `/proc`. */

/** A process that is alive. */
export interface FoundProcess {
  /** Its process id. */
  pid: number;
  /** Its command line. */
  command: string;
}

/** Gives the living processes that work in a folder or below it. */
export function processesIn(folder: string): FoundProcess[] {
  const found: FoundProcess[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const place = Deno.readLinkSync(`/proc/${name}/cwd`);
      if (place !== folder && !place.startsWith(`${folder}/`)) continue;
      const command = Deno.readTextFileSync(`/proc/${name}/cmdline`).replaceAll("\0", " ").trim();
      found.push({ pid: Number(name), command });
    } catch {
      continue; // gone by now
    }
  }
  return found;
}
