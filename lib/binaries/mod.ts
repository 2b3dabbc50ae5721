/** Executables of the scripts: one file each, with the permissions baked in. */

export { type BuildContext, buildExecutables, type BuildOptions } from "./build_executables.ts";
export { buildPermissions } from "./build_permissions.ts";
export { type BuildReport, buildText, type BuiltExecutable } from "./build_report.ts";
export { splitWords } from "./build_words.ts";
export { compilableScripts } from "./script_permissions.ts";
