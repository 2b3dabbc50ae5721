import { assertEquals } from "@std/assert";
import { retryAfterMs } from "../../lib/core/mod.ts";

Deno.test("retryAfterMs() reads seconds and every form of an HTTP date", () => {
  const now = new Date("2026-11-21T10:00:00Z");
  const cases: [string | null, number | undefined][] = [
    ["0", 0],
    ["120", 120_000],
    [" 7 ", 7000],
    ["Sat, 21 Nov 2026 10:00:30 GMT", 30_000],
    ["Saturday, 21-Nov-26 10:00:30 GMT", 30_000],
    ["Sat Nov 21 10:00:30 2026", 30_000],
    ["Sat, 21 Nov 2026 09:00:00 GMT", 0],
    ["soon", undefined],
    ["-5", undefined],
    ["1.5", undefined],
    ["Sat, nonsense", undefined],
    ["", undefined],
    [null, undefined],
  ];
  for (const [header, wanted] of cases) {
    assertEquals(retryAfterMs(header, now), wanted, header ?? "");
  }
});
