/**
 * Looking at a whole installation: the settings of all scripts, and the machine.
 *
 * It stands above the subjects, and only scripts use it.
 */

export * from "./checks/mod.ts";
export * from "./settings/mod.ts";
