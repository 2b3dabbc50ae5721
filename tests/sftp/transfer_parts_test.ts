import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { remoteNameProblem } from "../../lib/sftp/mod.ts";
import { DonePrefix } from "../../lib/sftp/transfer/done_prefix.ts";
import { channelsInFlight, filesInFlight } from "../../lib/sftp/transfer/flight_plan.ts";
import { OrderedDigest } from "../../lib/sftp/transfer/ordered_digest.ts";
import {
  isUniquePartName,
  resumablePartName,
  uniquePartName,
} from "../../lib/sftp/transfer/part_name.ts";
import { PartsToDo } from "../../lib/sftp/transfer/parts_to_do.ts";

const parts = fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 12 })
  .chain((parts) =>
    fc.tuple(
      fc.constant(parts),
      fc.shuffledSubarray(parts.map((_, at) => at), { minLength: parts.length }),
    )
  );

Deno.test("OrderedDigest gives the checksum of the whole, in whatever order its parts come", () => {
  fc.assert(fc.property(parts, ([parts, order]) => {
    const digest = new OrderedDigest();
    const lent = Buffer.alloc(20);
    for (const at of order) {
      const part = parts[at] ?? new Uint8Array();
      lent.set(part);
      digest.add(lent.subarray(0, part.length), startOf(parts, at));
      lent.fill(0); // the buffer is another part's from here on
    }

    assertEquals(digest.hex(), createHash("sha256").update(Buffer.concat(parts)).digest("hex"));
  }));
});

Deno.test("DonePrefix never says that more is there than is", () => {
  fc.assert(fc.property(parts, fc.nat({ max: 100 }), ([parts, order], from) => {
    const prefix = new DonePrefix(from);
    const there = new Set<number>();
    for (const at of order) {
      there.add(at);
      prefix.add(from + startOf(parts, at), parts[at]?.length ?? 0);

      const whole = parts.findIndex((_, index) => !there.has(index));
      assertEquals(prefix.end, from + startOf(parts, whole < 0 ? parts.length : whole));
    }
  }));
});

Deno.test("PartsToDo gives every byte once, and of what came back the nearest first", () => {
  const steps = fc.array(fc.record({ back: fc.boolean(), which: fc.nat() }), { maxLength: 60 });
  fc.assert(fc.property(steps, fc.nat({ max: 300 }), (steps, size) => {
    const parts = new PartsToDo({ from: 7, size: 7 + size, chunkBytes: 16 });
    const returned: number[] = [];
    const taken: { position: number; length: number }[] = [];
    const take = () => {
      const announced = parts.nextPosition;
      const part = parts.take();
      if (part === undefined) return false;
      assertEquals(part.position, announced);
      if (returned.length > 0) {
        assertEquals(part.position, Math.min(...returned));
        returned.splice(returned.indexOf(part.position), 1);
      }
      taken.push(part);
      return true;
    };

    for (const { back, which } of steps) {
      if (!back || taken.length === 0) take();
      else {
        const [part] = taken.splice(which % taken.length, 1);
        if (part === undefined) continue;
        returned.push(part.position);
        parts.putBack(part);
      }
    }
    while (take());

    taken.sort((one, other) => one.position - other.position);
    let end = 7;
    for (const { position, length } of taken) {
      assertEquals(position, end);
      end += length;
    }
    assertEquals([end, parts.isAnyLeft], [7 + size, false]);
  }));
});

Deno.test("uniquePartName() and resumablePartName() fit any file system and are told apart", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 255 }), (name) => {
    const unique = uniquePartName(name);
    const resumable = resumablePartName(name);

    for (const part of [unique, resumable]) {
      assert(new TextEncoder().encode(`${part}.json`).length <= 255);
      assert(part.startsWith("."));
    }
    assert(unique !== uniquePartName(name));
    assertEquals(resumable, resumablePartName(name));
    assert(isUniquePartName(unique), unique);
    assert(!isUniquePartName(resumablePartName("report.pdf")));
  }));
});

Deno.test("more is under way the longer the line", () => {
  assertEquals([0, 1, 5, 20, 30, 500].map(filesInFlight), [32, 32, 32, 128, 192, 256]);
  assertEquals([0, 3, 5, 10, 500].map(channelsInFlight), [1, 1, 4, 8, 8]);
});

Deno.test("remoteNameProblem() takes no name that leads elsewhere or lies about itself", () => {
  const bad: [name: string, problem: string][] = [
    ["", "is empty"],
    [".", "leads out of its folder"],
    ["..", "leads out of its folder"],
    ["../x.pdf", "contains a path separator"],
    ["a/b", "contains a path separator"],
    ["..\\x", "contains a path separator"],
    ["a\u0000b", "contains a control character"],
    ["a\nb", "contains a control character"],
    ["a\u001b[2J", "contains a control character"],
    ["a\u202efdp.exe", "contains a control character"],
    ["a\uFFFDb", "is not valid UTF-8"],
    ["a\uD800b", "is not valid UTF-8"],
    ["é".repeat(128), "is longer than 255 bytes"],
  ];
  for (const [name, problem] of bad) {
    assertEquals(remoteNameProblem(name), problem, JSON.stringify(name));
  }
  for (
    const name of ["x.pdf", ".PDF", "...", "a b", 'it\'s "q"', "Müller 日本.pdf", "-rf", "a:b"]
  ) {
    assertEquals(remoteNameProblem(name), undefined, name);
  }
});

function startOf(parts: readonly Uint8Array[], at: number): number {
  return parts.slice(0, at).reduce((sum, part) => sum + part.length, 0);
}
