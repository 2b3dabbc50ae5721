/** The version of Deno. */

import { bakedFlags, type CheckFinding, testedDenoVersion } from "../../core/mod.ts";

/** Compares a version of Deno with the one that opsdeck is tested with. */
export function checkDeno(version: string = Deno.version.deno): CheckFinding {
  const order = compare(version, testedDenoVersion);
  if (order === 0) return { status: "ok", found: `Deno ${version}, as tested` };
  if (order > 0) {
    return { status: "ok", found: `Deno ${version}, newer than the tested ${testedDenoVersion}` };
  }
  return {
    status: "failed",
    found: `Deno ${version} is older than ${testedDenoVersion}, which opsdeck is made for`,
    advice: bakedFlags() === undefined
      ? `install it: npm i -g deno@${testedDenoVersion}, or write npx -y deno@${testedDenoVersion}`
      : "build the executables again",
  };
}

function compare(one: string, other: string): number {
  const numbers = (version: string) => version.split(/[.+-]/).slice(0, 3).map(Number);
  const others = numbers(other);
  for (const [index, number] of numbers(one).entries()) {
    const difference = number - (others[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
