import { assertEquals } from "@std/assert";
import { ClaimFloors, type ClaimPlan } from "../../lib/queue/claim_floors.ts";
import { testQueue } from "../support/queue_database.ts";

const server = 1_000_000;

/** Floors with a clock of their own, and a claim that finds records at these seconds. */
function floorsAt() {
  let now = 0;
  const floors = new ClaimFloors(() => now);
  return {
    floors,
    later(ms: number) {
      now += ms;
    },
    find(plan: ClaimPlan, places: [priority: number, seconds: number, id: number][], asked = 2) {
      floors.learn(plan, {
        lastPlaces: places.map(([priority, seconds, id]) => ({ priority, seconds, id })),
        isShort: places.length < asked,
        serverSeconds: server,
        tookMs: 1,
      });
    },
  };
}

Deno.test("ClaimFloors begin with a rescan and then begin where the last claim ended", () => {
  const { floors, find } = floorsAt();
  const first = floors.plan();

  find(first, [[0, 100, 1], [5, 90, 2]]);

  assertEquals([first.isRescan, first.floors], [true, []]);
  assertEquals(floors.plan(), {
    isRescan: false,
    floors: [[0, { seconds: 100, id: 1 }], [5, { seconds: 90, id: 2 }]],
    generation: 1,
  });
});

Deno.test("ClaimFloors stay behind the server's clock, and rise to it when little is found", () => {
  const { floors, find } = floorsAt();
  find(floors.plan(), [[0, server, 1], [1, 5, 2]]);

  assertEquals(floors.plan().floors[0], [0, { seconds: server - 0.2, id: 0 }]);
  find(floors.plan(), []);
  assertEquals(floors.plan().floors[1], [1, { seconds: server - 0.2, id: 0 }]);
});

Deno.test("ClaimFloors are lowered by a rescan alone, and older answers do not raise them again", () => {
  const { floors, find } = floorsAt();
  find(floors.plan(), [[0, 100, 1], [0, 100, 2]]);
  const old = floors.plan();

  find(old, [[0, 50, 1], [0, 50, 2]]);
  assertEquals(floors.plan().floors, [[0, { seconds: 100, id: 2 }]]);
  find(floors.planRescan(), [[0, 10, 3], [0, 10, 4]]);
  find(old, [[0, 200, 5], [0, 200, 6]]);

  assertEquals(floors.plan().floors, [[0, { seconds: 10, id: 4 }]]);
});

Deno.test("ClaimFloors ask for one rescan at a time, after a rest that grows with its cost", () => {
  const { floors, later } = floorsAt();
  const plan = floors.plan();
  assertEquals([plan.isRescan, floors.plan().isRescan], [true, false]);

  floors.learn(plan, { lastPlaces: [], isShort: true, serverSeconds: server, tookMs: 30 });

  later(599);
  assertEquals(floors.plan().isRescan, false);
  later(1);
  assertEquals(floors.plan().isRescan, true);
  floors.learn(plan, { lastPlaces: [], isShort: true, serverSeconds: server, tookMs: 60_000 });
  later(10_000);
  assertEquals(floors.plan().isRescan, true);
  floors.learn(plan, { lastPlaces: [], isShort: true, serverSeconds: server, tookMs: 60_000 });
  floors.forget();
  assertEquals(floors.plan().isRescan, true);
});

Deno.test("claimRecordsBatch() finds records behind its floors when nothing else is left", async () => {
  await using queue = await testQueue();
  const { processor } = queue;
  const past = (hours: number) => ({ runAt: new Date(Date.now() - hours * 3_600_000) });
  const claim = async (thorough: boolean) =>
    (await processor.claimRecordsBatch("f", 1, { thorough })).map(({ payload }) => payload["n"]);
  await processor.addRecordsToQueue("f", [{ n: 1 }, { n: 2 }], past(1));
  assertEquals([await claim(true), await claim(true), await claim(true)], [[1], [2], []]);

  await processor.addRecordsToQueue("f", [{ n: 3 }], past(2));
  await processor.addRecordsToQueue("f", [{ n: 4 }], { ...past(2), priority: -1 });

  assertEquals([await claim(false), await claim(true)], [[4], [3]]);
});

Deno.test("claimRecordsBatch() finds a priority between known ones at once", async () => {
  await using queue = await testQueue();
  const { processor } = queue;
  for (const priority of [-3, 3]) {
    await processor.addRecordsToQueue("f", [{ priority }, { priority }], { priority });
  }
  const claim = async (size: number) =>
    (await processor.claimRecordsBatch("f", size)).map(({ payload }) => payload["priority"]);
  assertEquals(await claim(3), [-3, -3, 3]);

  for (const priority of [2, -5, 5, 1]) {
    await processor.addRecordsToQueue("f", [{ priority }], { priority });
  }

  assertEquals(await claim(10), [-5, 1, 2, 3, 5]);
});
