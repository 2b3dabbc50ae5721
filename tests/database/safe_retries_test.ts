import { assertEquals, assertRejects } from "@std/assert";
import { delay, OpsdeckError, RetryableError } from "../../lib/core/mod.ts";
import {
  DatabaseManager,
  retryRead,
  retryTransaction,
  type RetryTransactionOptions,
} from "../../lib/database/mod.ts";
import { type DialectDatabase, dialectDatabase } from "../support/both_dialects.ts";

const deadlock = { number: 1205, message: "Transaction was deadlocked.", severity: 13 };

/** Runs a test on the double, with a table `t (a int)`; `insert` is retried without waiting. */
async function onDouble(
  work: (parts: {
    manager: DatabaseManager;
    plan: NonNullable<DialectDatabase["double"]>["plan"];
    insert: (options?: RetryTransactionOptions) => Promise<number>;
    retried: string[];
    rows: () => Promise<number>;
  }) => Promise<void>,
): Promise<void> {
  await using database = await dialectDatabase("sqlserver");
  const { double, postgres } = database;
  if (double === undefined) throw new Error("No double");
  await postgres.sql`create table t (a int)`;
  await using manager = new DatabaseManager("x", { target: database.target });
  const retried: string[] = [];
  await work({
    manager,
    plan: double.plan,
    insert: (options) =>
      retryTransaction(manager, (session) => session.execute("insert into t values (1)"), {
        sleep: () => Promise.resolve(),
        onRetry: ({ error }) => retried.push(error instanceof OpsdeckError ? error.code : "?"),
        ...options,
      }),
    retried,
    rows: async () => (await postgres.sql`select from t`).length,
  });
}

Deno.test("retryRead() reads again after a deadlock and a lost connection, and no more than told", () =>
  onDouble(async ({ manager, plan }) => {
    const read = (maxRetries: number) =>
      retryRead(() => manager.query("select 1 as one"), {
        maxRetries,
        sleep: () => Promise.resolve(),
      });
    plan(/as one/, { kind: "error", error: deadlock });
    plan(/as one/, { kind: "break", moment: "before" });
    plan(/as one/, { kind: "break", moment: "after" });

    assertEquals(await read(3), [{ one: 1 }]);

    for (let times = 0; times < 2; times += 1) plan(/as one/, { kind: "error", error: deadlock });
    await assertRejects(() => read(1), RetryableError, "deadlocked");
  }));

Deno.test("retryRead() does not read again what the server refuses", () =>
  onDouble(async ({ manager }) => {
    let times = 0;
    const read = () => {
      times += 1;
      return manager.query("select * from missing");
    };

    await assertRejects(() => retryRead(read), OpsdeckError, "missing");

    assertEquals(times, 1);
  }));

Deno.test("retryTransaction() runs again what the server or the network has undone", () =>
  onDouble(async ({ plan, insert, retried, rows }) => {
    plan(/insert/, { kind: "error", error: deadlock });
    plan(/insert/, { kind: "break", moment: "after" });
    plan(/^commit/, { kind: "error", error: deadlock });

    assertEquals(await insert(), 1);

    assertEquals(retried, ["DATABASE_CONFLICT", "DATABASE_CONNECTION", "DATABASE_CONFLICT"]);
    assertEquals(await rows(), 1);
  }));

Deno.test("retryTransaction() does not guess what became of a commit", () =>
  onDouble(async ({ plan, insert, retried, rows }) => {
    for (const moment of ["before", "after"] as const) {
      plan(/^commit/, { kind: "break", moment });
      const error = await assertRejects(() => insert(), OpsdeckError);
      assertEquals([error.code, error.retryable, error.exitCode], ["COMMIT_UNKNOWN", false, 4]);
    }

    assertEquals([retried, await rows()], [[], 1]);
  }));

Deno.test("retryTransaction() runs again after a lost commit what finds out for itself", () =>
  onDouble(async ({ plan, insert, retried, rows }) => {
    plan(/^commit/, { kind: "break", moment: "before" });

    assertEquals(await insert({ isIdempotent: true }), 1);

    assertEquals([retried, await rows()], [["DATABASE_CONNECTION"], 1]);
  }));

Deno.test("retryTransaction() tells the last failure once an attempt has found out", () =>
  onDouble(async ({ plan, insert, rows }) => {
    plan(/^commit/, { kind: "break", moment: "before" });
    plan(/^commit/, { kind: "error", error: { number: 547, message: "It conflicts." } });

    const error = await assertRejects(() => insert({ isIdempotent: true }), OpsdeckError);

    assertEquals([error.code, await rows()], ["DATABASE_STATEMENT", 0]);
  }));

Deno.test("retryTransaction() stops waiting when its signal aborts", () =>
  onDouble(async ({ plan, insert, rows }) => {
    const stop = new AbortController();
    plan(/insert/, { kind: "error", error: deadlock });
    const onRetry = () => stop.abort(new Error("enough"));

    const stopped = insert({ onRetry, signal: stop.signal, sleep: delay });

    await assertRejects(() => stopped, Error, "enough");
    assertEquals(await rows(), 0);
  }));
