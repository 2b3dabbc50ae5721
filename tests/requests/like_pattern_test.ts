import { assertEquals } from "@std/assert";
import { infixPattern, prefixPattern } from "../../lib/requests/like_pattern.ts";

Deno.test("prefixPattern() and infixPattern() escape what means something in either dialect", () => {
  const table: [text: string, escaped: string][] = [
    ["SAT", "SAT"],
    ["O'Brien%_", "O'Brien\\%\\_"],
    ["a[b-c]^", "a\\[b-c]^"],
    ["back\\slash", "back\\\\slash"],
    ["", ""],
  ];

  for (const [text, escaped] of table) {
    assertEquals([prefixPattern(text), infixPattern(text)], [`${escaped}%`, `%${escaped}%`]);
  }
});
