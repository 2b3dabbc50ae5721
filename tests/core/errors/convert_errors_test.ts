import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { convertDatabaseErrors, convertSftpErrors } from "../../../lib/core/mod.ts";
import {
  ConfigurationError,
  DatabaseConnectionError,
  SFTPConnectionError,
} from "../../../lib/core/mod.ts";

const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });

Deno.test("convertDatabaseErrors() wraps asynchronous and synchronous functions, types kept", async () => {
  const double = convertDatabaseErrors((n: number) => n * 2);
  const later = convertDatabaseErrors(async (n: number) => await Promise.resolve(n * 2));
  const throws = convertDatabaseErrors((): number => {
    throw refused;
  });
  const rejects = convertDatabaseErrors(() => Promise.reject(refused));

  const now: number = double(2);
  const soon: number = await later(4);

  assertEquals([now, soon], [4, 8]);
  assert(assertThrows(throws, DatabaseConnectionError).cause === refused);
  assert((await assertRejects(rejects, DatabaseConnectionError)).cause === refused);
});

Deno.test("convertDatabaseErrors() and convertSftpErrors() decorate methods", async () => {
  class Service {
    readonly name = "service";

    @convertDatabaseErrors
    async query(fails: boolean): Promise<string> {
      if (fails) throw refused;
      return await Promise.resolve(this.name);
    }

    @convertSftpErrors
    list(): string[] {
      throw refused;
    }
  }
  const service = new Service();

  assertEquals(await service.query(false), "service");
  await assertRejects(() => service.query(true), DatabaseConnectionError);
  assertThrows(() => service.list(), SFTPConnectionError);
});

Deno.test("convertDatabaseErrors() passes our errors, aborts and mistakes in the program unchanged", () => {
  const unchanged = [
    new ConfigurationError("Cannot start"),
    new DOMException("stopped", "AbortError"),
    new TypeError("x is not a function"),
  ];

  for (const error of unchanged) {
    for (const convert of [convertDatabaseErrors, convertSftpErrors]) {
      const throws = convert(() => {
        throw error;
      });
      assert(assertThrows(throws, Error) === error);
    }
  }
});
