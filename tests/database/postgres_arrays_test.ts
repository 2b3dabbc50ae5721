import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { formatArray, parseArray } from "../../lib/database/postgres_arrays.ts";

Deno.test("parseArray() gives back what formatArray() wrote", () => {
  const { list } = fc.letrec<{ list: unknown[]; item: unknown }>((tie) => ({
    list: fc.array(tie("item"), { maxLength: 5 }),
    item: fc.oneof(
      { maxDepth: 3 },
      fc.string(),
      fc.constantFrom("", "null", "NULL", '"', "\\", "{", "}", ",", " "),
      fc.constant(null),
      tie("list"),
    ),
  }));

  fc.assert(
    fc.property(list, (items) => {
      assertEquals<unknown>(parseArray(formatArray(items, String), String), items);
    }),
  );
});

Deno.test("parseArray() reads what PostgreSQL writes", () => {
  const table: [text: string, items: unknown][] = [
    ["{}", []],
    ["{1,2,3}", ["1", "2", "3"]],
    ['{NULL,null,"NULL"}', [null, null, "NULL"]],
    ['{"a,b","c\\"d","e\\\\f",""}', ["a,b", 'c"d', "e\\f", ""]],
    ["{{1,2},{3,4}}", [["1", "2"], ["3", "4"]]],
    ["[0:1]={a,b}", ["a", "b"]],
    ["[0:0][-1:-1]={{a}}", [["a"]]],
  ];

  for (const [text, items] of table) assertEquals<unknown>(parseArray(text, String), items, text);
});

Deno.test("formatArray() writes numbers bare, but for those that only look like one", () => {
  assertEquals(formatArray([1, -0.5, 1e21], String), "{1,-0.5,1e+21}");
  // A JSON null is not the list's null.
  assertEquals(formatArray([NaN, 1], JSON.stringify), '{"null",1}');
});
