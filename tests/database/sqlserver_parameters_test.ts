import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { toNamedParameters } from "../../lib/database/sqlserver_parameters.ts";

Deno.test("toNamedParameters() rewrites parameters and nothing else", () => {
  const table: [text: string, rewritten: string][] = [
    ["select $1", "select @p1"],
    ["select $1,$2+$10", "select @p1,@p2+@p10"],
    ["$1", "@p1"],
    ["select '$1', $1", "select '$1', @p1"],
    ["select 'it''s $1', $1", "select 'it''s $1', @p1"],
    ["select N'$1', $1", "select N'$1', @p1"],
    ['select "a""$1", $1', 'select "a""$1", @p1'],
    ["select [a]]$1], $1", "select [a]]$1], @p1"],
    ["select $1 -- $1\n, $2", "select @p1 -- $1\n, @p2"],
    ["select /* $1 /* $1 */ $1 */ $1", "select /* $1 /* $1 */ $1 */ @p1"],
    ["select a$1, @x$1, $action, $1", "select a$1, @x$1, $action, @p1"],
    ["select '$1", "select '$1"],
    ["select /* $1", "select /* $1"],
    ["exec p @x=$1", "exec p @x=@p1"],
  ];

  for (const [text, rewritten] of table) assertEquals(toNamedParameters(text), rewritten);
});

Deno.test("toNamedParameters() keeps every piece that is quoted or a comment", () => {
  const inside = fc.string({ unit: fc.constantFrom("$1", "a", " ", "$2") });
  const piece = fc.oneof(
    inside.map((text) => ({ text: `'${text}'`, rewritten: `'${text}'` })),
    inside.map((text) => ({ text: `"${text}"`, rewritten: `"${text}"` })),
    inside.map((text) => ({ text: `[${text}]`, rewritten: `[${text}]` })),
    inside.map((text) => ({ text: `/*${text}*/`, rewritten: `/*${text}*/` })),
    inside.map((text) => ({ text: `--${text}\n`, rewritten: `--${text}\n` })),
    fc.integer({ min: 1, max: 2100 }).map((n) => ({ text: `$${n}`, rewritten: `@p${n}` })),
    fc.constantFrom("select", ",", "=", "(").map((text) => ({ text, rewritten: text })),
  );

  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      assertEquals(
        toNamedParameters(pieces.map(({ text }) => text).join(" ")),
        pieces.map(({ rewritten }) => rewritten).join(" "),
      );
    }),
  );
});
