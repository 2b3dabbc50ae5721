import { assert, assertEquals, assertRejects } from "@std/assert";
import { ValidationError } from "../../lib/core/mod.ts";
import {
  findRequestPages,
  findRequests,
  listRequestTypes,
  type RequestCriteria,
  RequestManager,
} from "../../lib/requests/mod.ts";
import { type RequestTables, testRequests } from "./request_tables.ts";

async function findIds({ manager }: RequestTables, criteria?: RequestCriteria): Promise<number[]> {
  const rows = await findRequests(manager, criteria);
  return rows.map(({ RequestID }) => RequestID);
}

testRequests("findRequests() gives whole rows, with times and what is null", async (tables) => {
  await tables.addTypes("SAT");
  await tables.addRequests({ id: 7, district: 12, at: "2026-11-02T03:04:05.678Z" });
  await tables.addRequests({ id: 8, district: 13, at: null, status: 5 });

  assertEquals(await findRequests(tables.manager), [
    {
      RequestID: 7,
      DistrictID: 12,
      DataRequestTypeID: 1,
      DataRequestTypeName: "SAT",
      ImportedFileName: "file_7.csv",
      Status: 4,
      RequestTime: new Date("2026-11-02T03:04:05.678Z"),
    },
    {
      RequestID: 8,
      DistrictID: 13,
      DataRequestTypeID: 1,
      DataRequestTypeName: "SAT",
      ImportedFileName: "file_8.csv",
      Status: 5,
      RequestTime: null,
    },
  ]);
});

testRequests("findRequests() gives the latest of what meets all criteria", async (tables) => {
  await tables.addTypes("SAT", "PSAT");
  await tables.addRequests(
    { id: 1, at: "2026-11-03T00:00:00Z", status: 4 },
    { id: 2, at: "2026-11-02T00:00:00Z", status: 5 },
    { id: 3, at: "2026-11-09T00:00:00Z", status: 6 }, // later, and of no wanted status
    { id: 4, at: "2026-11-03T00:00:00Z", status: 5 }, // as late as 1, with a higher id
    { id: 5, at: null, status: 4 }, // without a time: before all others
    { id: 6, type: 2, at: null, status: 4 },
    { id: 7, type: 2, at: null, status: 5 },
    { id: 8, district: 2, status: null },
    { id: 9, district: 3, type: 2, status: 1 },
  );
  const table: [criteria: RequestCriteria, ids: number[]][] = [
    [{}, [7, 4]],
    [{ statuses: [4] }, [6, 1]],
    [{ statuses: [5, 5, 4] }, [7, 4]],
    [{ statuses: [1, 2, 3] }, [9]],
    [{ statuses: [1, 2, 3, 4, 5, 6] }, [7, 3, 9]],
    [{ typeIds: [1] }, [4]],
    [{ typeIds: [1, 2, 2], districtIds: [3, 1, 1] }, [7, 4]],
    [{ typeIds: [99] }, []],
    [{ districtIds: [2] }, []],
    [{ typeIds: [1], typeNames: ["PSAT"] }, []],
    [{ typeIds: [2], typeNames: ["PSAT"] }, [7]],
  ];

  for (const [criteria, ids] of table) {
    assertEquals(await findIds(tables, criteria), ids, JSON.stringify(criteria));
  }
});

testRequests(
  "findRequests() takes a type's name for what it begins with, as it stands",
  async (tables) => {
    const names = ["O'Brien%_ one", "O'Brien two", "a[bc] x", "ab x", "back\\slash", "SAT", "PSAT"];
    await tables.addTypes(...names);
    await tables.addRequests(...names.map((_, index) => ({ id: index + 1, type: index + 1 })));
    const table: [prefix: string, ids: number[]][] = [
      ["O'Brien%_", [1]],
      ["O'Brien", [1, 2]],
      ["a[bc]", [3]],
      ["a[b", [3]],
      ["back\\", [5]],
      ["%", []],
      ["_", []],
      ["sat", [6]],
      ["psAT", [7]],
      ["", [1, 2, 3, 4, 5, 6, 7]],
    ];

    for (const [prefix, ids] of table) {
      const found = await findIds(tables, { typeNames: [prefix] });
      assertEquals(found.toSorted(), ids, prefix);
    }
    assertEquals((await findIds(tables, { typeNames: ["SAT", "PSAT", "S"] })).toSorted(), [6, 7]);
  },
);

testRequests("findRequests() finds nothing for an empty list", async (tables) => {
  await tables.addTypes("SAT");
  await tables.addRequests({ id: 1 });

  for (const name of ["typeIds", "typeNames", "districtIds", "statuses"]) {
    assertEquals(await findIds(tables, { [name]: [] }), [], name);
  }
  assertEquals(await findIds(tables, { typeIds: undefined, districtIds: undefined }), [1]);
});

testRequests("findRequests() takes ten thousand ids at once", async (tables) => {
  await tables.addTypes("SAT");
  await tables.addRequests({ id: 1, district: 9_999 }, { id: 2, district: 10_001 });
  const districtIds = Array.from({ length: 10_000 }, (_, index) => index + 1);

  assertEquals(await findIds(tables, { districtIds }), [1]);
});

testRequests("findRequests() refuses ids and statuses that there cannot be", async (tables) => {
  const wrong: RequestCriteria[] = [
    { typeIds: [0] },
    { districtIds: [1.5] },
    { districtIds: [NaN] },
    { statuses: [7] },
    { statuses: [0] },
  ];

  for (const criteria of wrong) {
    await assertRejects(() => findRequests(tables.manager, criteria), ValidationError, "Cannot");
  }
});

testRequests("listRequestTypes() filters by what a name contains, as it stands", async (tables) => {
  await tables.addTypes("SAT", "PSAT 8/9", "100%_done", "x[y]");
  const table: [filter: string | undefined, names: string[]][] = [
    [undefined, ["100%_done", "PSAT 8/9", "SAT", "x[y]"]],
    ["sat", ["PSAT 8/9", "SAT"]],
    ["%_", ["100%_done"]],
    ["[y", ["x[y]"]],
    ['\'; drop table "DataRequest"; --', []],
  ];

  for (const [filter, names] of table) {
    const types = await listRequestTypes(tables.manager, filter);
    assertEquals(types.map(({ Name }) => Name).toSorted(), names.toSorted(), filter);
  }
  assertEquals(await listRequestTypes(tables.manager, "x["), [
    { DataRequestTypeID: 4, Name: "x[y]" },
  ]);
});

testRequests(
  "findRequestPages() finds the same as findRequests(), some districts at a time",
  async ({ manager, postgres: { sql }, addTypes }) => {
    await addTypes("SAT", "PSAT");
    await sql`
      insert into "DataRequest" ("DistrictID", "DataRequestTypeID", "Status", "RequestTime")
      select 1 + n * 13 % 23, 1 + n % 2, 1 + n % 6, timestamptz '2026-01-01' + n * interval '1 hour'
      from generate_series(1, 400) n`;
    const cases: RequestCriteria[] = [
      {},
      { typeNames: ["SAT"] },
      { districtIds: [22, 5, 99, 5, 1, 14] },
      { districtIds: [] },
    ];
    for (const criteria of cases) {
      const all = await findRequests(manager, criteria);
      for (const districtsAtOnce of [1, 4, 23, undefined]) {
        const pages = await Array.fromAsync(
          findRequestPages(manager, criteria, { districtsAtOnce }),
        );

        assertEquals(pages.flat(), all);
        for (const page of pages) {
          const districts = new Set(page.map(({ DistrictID }) => DistrictID));
          assert(districts.size <= (districtsAtOnce ?? 500));
        }
      }
    }
    assertEquals((await findRequests(manager)).length, 46);
    const stop = new DOMException("stopped", "AbortError");
    const stopped = findRequestPages(manager, {}, { signal: AbortSignal.abort(stop) });
    await assertRejects(() => Array.fromAsync(stopped), DOMException, "stopped");
  },
);

testRequests(
  "findRequestPages(), rerunRequests() and the files take ids below 1 that the database has",
  async (tables) => {
    await tables.addTypes("SAT");
    await tables.addRequests({ id: 0, district: -3 }, { id: -7, district: 0 }, { id: 1 });
    await using manager = new RequestManager({ database: tables.manager });

    const pages = await Array.fromAsync(
      manager.findRequestPages({}, { districtsAtOnce: 1 }),
    );
    const ids = pages.flat().map(({ RequestID }) => RequestID);
    const { requests } = await manager.rerunRequests(ids);
    const outcomes = await manager.downloadFiles(ids, "/nowhere", false, { dryRun: true });

    assertEquals(ids, [0, -7, 1]);
    assertEquals(requests.map(({ RequestID }) => RequestID), [-7, 0, 1]);
    assertEquals([...outcomes.keys()], ids);
  },
);

testRequests(
  "findRequestPages() refuses ids that a person can only have mistyped",
  async (tables) => {
    for (const criteria of [{ districtIds: [0] }, { districtIds: [], typeIds: [-1] }]) {
      await assertRejects(
        () => Array.fromAsync(findRequestPages(tables.manager, criteria)),
        ValidationError,
        "1 or more",
      );
    }
  },
);
