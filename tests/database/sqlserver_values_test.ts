import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
// @ts-types="@types/mssql"
import sql from "mssql";
import { OpsdeckError, ValidationError } from "../../lib/core/mod.ts";
import { SqlServerDriver } from "../../lib/database/sqlserver_driver.ts";
import { sqlServerParameter } from "../../lib/database/sqlserver_values.ts";
import { dialectDatabase } from "../support/both_dialects.ts";

Deno.test("sqlServerParameter() chooses the type by the value", () => {
  const table: [value: unknown, type: unknown, sent: unknown][] = [
    [null, sql.NVarChar, null],
    ["a", sql.NVarChar, "a"],
    [true, sql.Bit, true],
    [1, sql.Int, 1],
    [-2147483647, sql.Int, -2147483647],
    [2147483648, sql.BigInt, 2147483648],
    [0.5, sql.Float, 0.5],
    [12n, sql.BigInt, "12"],
    [{ a: 1 }, sql.NVarChar, '{"a":1}'],
    [[1, 2], sql.NVarChar, "[1,2]"],
  ];

  for (const [value, type, sent] of table) {
    const parameter = sqlServerParameter(value, 1);
    assertEquals([Reflect.get(parameter.type, "type"), parameter.value], [type, sent]);
  }
  for (const value of [undefined, NaN, Infinity, () => 1, Symbol("x")]) {
    assertThrows(() => sqlServerParameter(value, 3), ValidationError, "parameter $3");
  }
});

Deno.test("sqlServerParameter() sends texts in two lengths, so that plans are shared", () => {
  const lengthOf = (value: unknown) => Reflect.get(sqlServerParameter(value, 1).type, "length");

  assertEquals([lengthOf("a"), lengthOf("a".repeat(4000)), lengthOf([1])], [4000, 4000, 4000]);
  assertEquals(lengthOf("a".repeat(4001)), sql.MAX);
});

Deno.test("SqlServerDriver brings values to the server and back", async () => {
  await using database = await dialectDatabase("sqlserver");
  await using driver = new SqlServerDriver(database.target);
  const values = {
    short: "O'Brien %_[é] 😀",
    empty: "",
    long: "x😀".repeat(9_000),
    integer: -7,
    large: Number.MAX_SAFE_INTEGER,
    float: 0.1,
    yes: true,
    no: false,
    time: new Date("2026-11-21T23:59:59.987Z"),
    early: new Date("0001-01-01T00:00:00Z"),
    bytes: new Uint8Array([0, 255, 10]),
    nothing: null,
  };
  const list = Object.keys(values).map((name, index) => `$${index + 1} as ${name}`);

  const [row] = await driver.query(`select ${list.join(", ")}`, Object.values(values));

  assertEquals(row, values);
  assert(row?.["bytes"]?.constructor === Uint8Array);
});

Deno.test("SqlServerDriver reads numbers exactly or not at all", async () => {
  await using database = await dialectDatabase("sqlserver");
  await using driver = new SqlServerDriver(database.target);
  const numbers =
    "cast(12.50 as decimal(10, 2)) as price, cast(-0.001 as decimal(10, 3)) as small, " +
    "cast(null as decimal(10, 2)) as missing, cast(9007199254740991 as bigint) as large";

  assertEquals(await driver.query(`select ${numbers}`), [
    { price: "12.50", small: "-0.001", missing: null, large: 9007199254740991 },
  ]);
  for (
    const value of ["cast(9007199254740992 as bigint)", "cast(1234567890123456 as decimal(20))"]
  ) {
    const error = await assertRejects(() => driver.query(`select ${value} as n`), OpsdeckError);
    assertEquals(error.code, "NUMBER_TOO_LARGE");
  }
  assertEquals(await driver.query("select 1 as still"), [{ still: 1 }]);
});

Deno.test("SqlServerDriver.query() gives the rows of the last of several statements", async () => {
  await using database = await dialectDatabase("sqlserver");
  await using driver = new SqlServerDriver(database.target);

  assertEquals(await driver.query("select 1 as a; select 2 as b, 3 as c"), [{ b: 2, c: 3 }]);
  assertEquals(await driver.query("create table t (a int)"), []);
  assertEquals(await driver.query("select a from t"), []);
  assertEquals(
    (await driver.query("select value from openjson($1) with (\"value\" bigint '$')", [
      Array.from({ length: 10_000 }, (_, index) => index),
    ])).length,
    10_000,
  );
});

Deno.test("SqlServerDriver.execute() counts the changed rows", async () => {
  await using database = await dialectDatabase("sqlserver");
  await using driver = new SqlServerDriver(database.target);
  await driver.query("create table t (a int)");

  assertEquals(await driver.execute("insert into t (a) values (1), (2), (3)"), 3);
  assertEquals(await driver.execute("update t set a = 0 where a > $1", [1]), 2);
  assertEquals(await driver.execute("delete from t where a = $1", [99]), 0);
  assertEquals(await driver.execute("drop table t"), 0);
});
