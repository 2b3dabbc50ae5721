import { assertEquals, assertRejects } from "@std/assert";
import {
  type CheckFinding,
  ConfigurationError,
  DatabaseConnectionError,
  testedDenoVersion,
} from "../../lib/core/mod.ts";
import { type Check, checksExitCode, runChecks } from "../../lib/diagnosis/mod.ts";
import { checkClock } from "../../lib/diagnosis/checks/check_clock.ts";
import { checkDeno } from "../../lib/diagnosis/checks/check_deno.ts";

const { signal } = new AbortController();
const never = () => new Promise<CheckFinding>(() => {});
const check = (look: Check["look"], deadlineMs?: number): Check => ({
  name: "database",
  subject: "x",
  look,
  ...(deadlineMs === undefined ? {} : { deadlineMs }),
});
const well = () => Promise.resolve<CheckFinding>({ status: "ok", found: "well" });

Deno.test("runChecks() gives the result of each check, whatever becomes of the others", async () => {
  const stopped = Promise.withResolvers<void>();
  const results = await runChecks([
    check(() => Promise.reject(new Error("broken"))),
    check((signal) => {
      signal.addEventListener("abort", () => stopped.resolve());
      return never();
    }, 20),
    check(() => {
      throw new ConfigurationError("Cannot go on as it is so; do this");
    }),
    check(well),
  ], { signal });

  await stopped.promise;
  assertEquals(results.map(({ status, exit_code }) => [status, exit_code]), [
    ["failed", 1],
    ["failed", 4],
    ["failed", 2],
    ["ok", 0],
  ]);
  assertEquals(results[1]?.error_code, "CHECK_TIMEOUT");
  assertEquals([results[2]?.found, results[2]?.advice], [
    "Cannot go on as it is so",
    "do this",
  ]);
});

Deno.test("runChecks() makes its checks at the same time", async () => {
  const last = Promise.withResolvers<CheckFinding>();

  const results = await runChecks([
    check(() => last.promise),
    check(async () => {
      const finding = await well();
      last.resolve(finding);
      return finding;
    }),
  ], { signal });

  assertEquals(results.map(({ status }) => status), ["ok", "ok"]);
});

Deno.test("runChecks() ends with the signal's reason", async () => {
  const controller = new AbortController();
  const running = runChecks([check(never)], { signal: controller.signal });
  controller.abort(new DOMException("stopped", "AbortError"));

  await assertRejects(() => running, DOMException, "stopped");
});

Deno.test("checksExitCode() is that of all failures, 1 where they differ, 0 without any", async () => {
  const unreachable = check(() => Promise.reject(new DatabaseConnectionError("gone")));
  const invalid = check(() => Promise.reject(new ConfigurationError("wrong")));
  const warning = check(() => Promise.resolve({ status: "warning", found: "so so" }));
  const codeOf = async (...checks: Check[]) => checksExitCode(await runChecks(checks, { signal }));

  assertEquals(await codeOf(unreachable, warning, unreachable), 4);
  assertEquals(await codeOf(invalid, check(well)), 2);
  assertEquals(await codeOf(invalid, unreachable), 1);
  assertEquals(await codeOf(warning, check(well)), 0);
});

Deno.test("checkDeno() wants the tested version or a newer one", () => {
  const cases: [string, CheckFinding["status"]][] = [
    ["2.9.6", "ok"],
    ["2.10.0", "ok"],
    ["3.0.0-rc.1", "ok"],
    ["2.9.5", "failed"],
    ["1.46.3", "failed"],
  ];
  for (const [version, status] of cases) assertEquals(checkDeno(version).status, status, version);
  assertEquals(cases[0]?.[0], testedDenoVersion);
});

Deno.test("testedDenoVersion is the one that the README names", async () => {
  const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
  const named = [...readme.matchAll(/deno@(\d[\d.]*\d)/g)].map(([, version]) => version);

  assertEquals([...new Set(named)], [testedDenoVersion]);
});

Deno.test("checkClock() tells how far off this machine is, by the first server that says its time", () => {
  const at = (clockAheadMs: number | undefined): CheckFinding => ({
    status: "ok",
    found: "",
    clockAheadMs,
  });
  const cases: [number | undefined, CheckFinding["status"], string][] = [
    [undefined, "not_configured", "no server told its time to compare with"],
    [200, "ok", "this machine's clock is within a second of that of B"],
    [7000, "warning", "this machine's clock is 7.0 s behind that of B"],
    [-7000, "warning", "this machine's clock is 7.0 s ahead of that of B"],
    [-400_000, "failed", "this machine's clock is 400.0 s ahead of that of B"],
  ];
  for (const [aheadMs, status, found] of cases) {
    const finding = checkClock([["A", undefined], ["B", at(aheadMs)]]);
    assertEquals([finding.status, finding.found], [status, found]);
  }
});
