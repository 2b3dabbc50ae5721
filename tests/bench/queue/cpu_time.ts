/**
 * CPU time of processes, from `/proc` (proc_pid_stat(5)): on a shared machine it says more than
 * the clock. Only Linux has it; elsewhere every time is NaN.
 */

// USER_HZ, the same in every Linux.
const ticksPerSecond = 100;

interface ProcessStat {
  parent: number;
  ownTicks: number;
  endedChildrenTicks: number;
}

/** Gives the CPU time of one process with all its threads, in milliseconds. */
export function processCpuMs(pid: number): number {
  const stat = readStat(pid);
  return stat === undefined ? NaN : toMs(stat.ownTicks);
}

/** Gives the CPU time of a process and of all its children, ended ones too, in milliseconds. */
export function familyCpuMs(parentPid: number): number {
  const parent = readStat(parentPid);
  if (parent === undefined) return NaN;
  let ticks = parent.ownTicks + parent.endedChildrenTicks;
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readStat(Number(name));
    if (stat?.parent === parentPid) ticks += stat.ownTicks + stat.endedChildrenTicks;
  }
  return toMs(ticks);
}

function readStat(pid: number): ProcessStat | undefined {
  let text: string;
  try {
    text = Deno.readTextFileSync(`/proc/${pid}/stat`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    // A process that ends while its file is read.
    if (error instanceof Error && error.message.includes("ESRCH")) return undefined;
    throw error;
  }
  // The program's name stands in brackets and may hold blanks and brackets itself.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ").map(Number);
  const [, parent = 0] = fields;
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15);
  return { parent, ownTicks: user + system, endedChildrenTicks: endedUser + endedSystem };
}

function toMs(ticks: number): number {
  return ticks * 1000 / ticksPerSecond;
}
