/** Checks of the machine and of everything that opsdeck talks to. */

export { type Check, type CheckName, checkNames } from "./check.ts";
export { checksText } from "./checks_text.ts";
export { doctorChecks } from "./doctor_checks.ts";
export { parseCheckNames } from "./doctor_options.ts";
export { doctorPermissions } from "./doctor_permissions.ts";
export type { DoctorScopes } from "./doctor_scopes.ts";
export { type CheckResult, checksExitCode, runChecks } from "./run_checks.ts";
