import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { stringify } from "@std/csv";
import fc from "fast-check";
import { ValidationError } from "../../lib/core/mod.ts";
import { readCsv } from "../../lib/queue/record_files/csv_records.ts";
import type { InputItem } from "../../lib/queue/record_files/input_item.ts";
import { readJsonArray } from "../../lib/queue/record_files/json_array_records.ts";
import { readNdjson } from "../../lib/queue/record_files/ndjson_records.ts";

type Reader = (source: AsyncIterable<Uint8Array>, max: number) => AsyncGenerator<InputItem>;

const maxBytes = 1000;

/** Gives the bytes in pieces, so that every boundary falls in the middle of something. */
async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    // A source that uses its buffer again must not change what was read before.
    const buffer = bytes.slice(at, at + size);
    yield buffer;
    buffer.fill(63);
    await Promise.resolve();
  }
}

async function read(reader: Reader, text: string | Uint8Array, size = 7): Promise<InputItem[]> {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return await Array.fromAsync(reader(inPieces(bytes, size), maxBytes));
}

function texts(items: InputItem[]): (string | undefined)[] {
  return items.map((item) => "text" in item ? item.text : undefined);
}

function brief(items: InputItem[]): [string, unknown][] {
  return items.map((item) => [item.position, "value" in item ? item.value : item.problem]);
}

Deno.test("readNdjson() names the line of a bad record and reads the others", async () => {
  const items = await read(readNdjson, '\uFEFF{"a":1}\n\n{"a":\r\n{"a":2}\r\n{"b":3}');

  assertEquals(items.map((item) => item.position), ["line 1", "line 3", "line 4", "line 5"]);
  assertEquals(items.map((item) => "value" in item), [true, false, true, true]);
  assertEquals(texts(items)[0], '{"a":1}');
});

Deno.test("readNdjson() keeps the text of a number that JavaScript cannot hold", async () => {
  const items = await read(readNdjson, '{"id":12345678901234567890}');

  assertEquals(texts(items), ['{"id":12345678901234567890}']);
});

Deno.test("readNdjson() cuts a line that is too long and goes on", async () => {
  const items = await read(readNdjson, `{"a":"${"x".repeat(5000)}"}\n{"a":2}\n`, 64);

  assertEquals(brief(items), [
    ["line 1", "the line is longer than 1000 bytes"],
    ["line 2", { a: 2 }],
  ]);
});

for (const [name, reader] of [["readNdjson", readNdjson], ["readCsv", readCsv]] as const) {
  Deno.test(`${name}() rejects a line that is not UTF-8`, async () => {
    const bytes = new TextEncoder().encode('a\n{"a":1}\n');
    bytes[3] = 0xff;
    const items = await read(reader, bytes);

    assertStringIncludes(JSON.stringify(items.at(-1)), "not UTF-8");
  });
}

Deno.test("readCsv() names the lines of ragged and misquoted rows and reads the others", async () => {
  const items = await read(
    readCsv,
    '\uFEFFa,b\r\n1,2\r\n"x\r\ny",3\r\n1,2,3\r\n\r\n"bad"q,4\r\n5,"say ""hi"""\r\n6\r\n"open,7\r\n8,9\r\n',
  );

  assertEquals(
    brief(items).map(([position, value]) => [position, typeof value === "object" ? value : "-"]),
    [
      ["line 2", { a: "1", b: "2" }],
      ["lines 3-4", { a: "x\ny", b: "3" }],
      ["line 5", "-"],
      ["line 7", "-"],
      ["line 8", { a: "5", b: 'say "hi"' }],
      ["line 9", "-"],
      ["lines 10-11", "-"],
    ],
  );
  const problems = items.flatMap((item) => "problem" in item ? [item.problem] : []);
  assertEquals(problems[0], "the row has 3 fields and the header has 2");
  assertStringIncludes(problems[1] ?? "", "misquoted");
  assertEquals(problems[3], "a quote is opened and never closed");
});

Deno.test("readCsv() lets a stray quote swallow no more than the size limit", async () => {
  const items = await read(readCsv, `a\n"open\n${"row\n".repeat(400)}end\n`, 64);

  assertEquals(items.filter((item) => "problem" in item).length, 1);
  assertEquals(brief(items).at(-1)?.[1], { a: "end" });
});

for (
  const [text, reason] of [
    ["", "no header"],
    ["a,,c\n1,2,3\n", "column 2"],
    ["a,b,a\n1,2,3\n", '"a" twice'],
    ['a,"b\n1,2\n', "header"],
    ["a,b\r1,2\r3,4\r", "line ends of LF or CR LF"],
  ] as const
) {
  Deno.test(`readCsv() refuses the header ${JSON.stringify(text)}`, async () => {
    const error = await assertRejects(() => read(readCsv, text), ValidationError);

    assertStringIncludes(error.message, reason);
  });
}

Deno.test("readCsv() reads back what a CSV writer wrote, however it is cut", async () => {
  // Blank lines between rows are no rows, so a row needs something in its first field.
  const row = fc.tuple(fc.string({ minLength: 1 }).filter((f) => f.trim() !== ""), fc.string());
  const clean = (text: string) => text.replaceAll("\0", "").toWellFormed();
  await fc.assert(
    fc.asyncProperty(fc.array(row), fc.integer({ min: 1, max: 50 }), async (rows, size) => {
      const wanted = rows.map(([a, b]) => ({ a: `x${clean(a)}`, b: clean(b) }));
      const text = stringify([["a", "b"], ...wanted.map((r) => [r.a, r.b])], { headers: false });
      const items = await read(readCsv, text, size);
      assertEquals(items.map((item) => "value" in item ? item.value : item), wanted);
    }),
  );
});

Deno.test("readJsonArray() reads elements one by one and names a bad one", async () => {
  const items = await read(readJsonArray, '  [\n{"a":[1,"]"]},\n{"a":},\n{"b":"\\"}"} ]\n');

  assertEquals(brief(items).map(([position]) => position), [
    "record 1 (line 2)",
    "record 2 (line 3)",
    "record 3 (line 4)",
  ]);
  assertEquals(texts(items), ['{"a":[1,"]"]}', undefined, '{"b":"\\"}"}']);
});

for (
  const [text, problem] of [
    ['[{"a":1}', "the JSON array is not closed"],
    ['[{"a":1}] x', "there is something after the JSON array"],
    ['[{"a":1},]', "there is a comma without a record"],
    ["[,]", "there is a comma without a record"],
    ['{"a":1}', "there is no JSON array"],
  ] as const
) {
  Deno.test(`readJsonArray() says of ${text}: ${problem}`, async () => {
    const items = await read(readJsonArray, text);

    assertEquals(items.some((item) => "problem" in item && item.problem === problem), true);
  });
}

for (const text of ['{"a":1}\n[{"b":2}]', '{"items":[{"b":2}]}', '\uFEFF\uFEFF[{"b":2}]']) {
  Deno.test(`readJsonArray() reads nothing of ${text}`, async () => {
    const items = await read(readJsonArray, text);

    assertEquals(brief(items), [["line 1", "there is something before the JSON array"]]);
  });
}

Deno.test("readJsonArray() passes over a byte order mark and blanks before the array", async () => {
  const items = await read(readJsonArray, '\uFEFF \r\n\t[{"b":2}]', 1);

  assertEquals(brief(items), [["record 1 (line 2)", { b: 2 }]]);
});

Deno.test("readJsonArray() and readNdjson() give what JSON.parse gives, however it is cut", async () => {
  const value = fc.dictionary(fc.string(), fc.jsonValue());
  const size = fc.integer({ min: 1, max: 40 });
  await fc.assert(
    fc.asyncProperty(fc.array(value, { maxLength: 5 }), size, async (list, pieces) => {
      const wanted = list.map((item) => JSON.parse(JSON.stringify(item)));
      const short = wanted.filter((item) => JSON.stringify(item).length < maxBytes / 4);
      const array = await read(readJsonArray, JSON.stringify(short, null, 2), pieces);
      assertEquals(array.map((item) => "value" in item ? item.value : item), short);
      const lines = short.map((item) => JSON.stringify(item)).join("\n");
      const ndjson = await read(readNdjson, lines, pieces);
      assertEquals(ndjson.map((item) => "value" in item ? item.value : item), short);
    }),
  );
});
