import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { crc32 as zlibCrc32 } from "node:zlib";
import { crc32 } from "../../../lib/core/durable_files/crc32.ts";

Deno.test("crc32() gives what zlib gives, for any bytes", () => {
  assertEquals(crc32(new TextEncoder().encode("123456789")), "cbf43926");
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    assertEquals(crc32(bytes), zlibCrc32(bytes).toString(16).padStart(8, "0"));
  }));
});
