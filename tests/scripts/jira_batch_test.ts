import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { startBrokenJira } from "../fakes/broken_jira.ts";
import { startJiraServer } from "../fakes/jira_server.ts";
import { waitFor } from "../support/wait_for.ts";
import { comments, lines, parsed, sandbox, written } from "./jira_sandbox.ts";

const allKeys = (count: number) => Array.from({ length: count }, (_, place) => `PROJ-${place + 1}`);

Deno.test("jira-batch fetch prints a JSON line an issue, and asks only for what is not cached", async () => {
  await using server = startJiraServer();
  await using place = await sandbox(server.url);

  const first = await place.run(["fetch", "PROJ-2", "proj-1", "--fields", "summary"]);
  const plan = await place.run([
    "fetch",
    "PROJ-1",
    "PROJ-2",
    "PROJ-3",
    "--fields",
    "summary",
    "--plan",
  ]);
  const second = await place.run(["fetch", "PROJ-1", "PROJ-2", "--fields=summary", "--json"]);
  const off = await place.run(["fetch", "PROJ-1", "--fields=summary", "--cache", "off", "--quiet"]);

  assertEquals([first.code, second.code, off.code], [0, 0, 0], first.stderr);
  assertEquals(parsed(first.stdout).map(({ key }) => key), ["PROJ-2", "PROJ-1"]);
  assertEquals(first.stderr, "2 of 2 issues: 0 from the cache, 2 fetched with 1 call\n");
  assertEquals(plan.stdout, "Would fetch 3 issues: 2 from the cache, 1 from Jira with 1 call\n");
  assertEquals(parsed(second.stdout).map(({ key }) => key), ["PROJ-1", "PROJ-2"]);
  assertEquals([server.asked.length, off.stderr], [2, ""]);
});

Deno.test("jira-batch fetch takes keys from a file, standard input or a query; one of them", async () => {
  await using server = startJiraServer({ issues: 250 });
  await using place = await sandbox(server.url);
  await place.write("keys.txt", "\uFEFFPROJ-1, PROJ-2 # the first\r\nPROJ-3;PROJ-1\n");

  const [file, stdin, query, none, both] = await Promise.all([
    place.run(["fetch", "--file", "keys.txt"]),
    place.run(["fetch", "--file", "-", "--format", "json"], { stdin: "PROJ-4\nPROJ-999" }),
    place.run(["fetch", "--jql", "project = PROJ", "--limit", "150"]),
    place.run(["fetch"]),
    place.run(["fetch", "PROJ-1", "--jql", "project = PROJ"]),
  ]);
  const stale = await place.run(["fetch", "PROJ-1", "--allow-stale", "--cache", "off"]);
  const plan = await place.run(["fetch", "--jql", "project = PROJ", "--plan"]);

  assertEquals(parsed(file.stdout).map(({ key }) => key), ["PROJ-1", "PROJ-2", "PROJ-3"]);
  assertEquals(stdin.code, 1);
  assertEquals(Object.keys(Object(stdin.json())), ["PROJ-4", "PROJ-999"]);
  assertStringIncludes(stdin.stderr, "1 missing or not to be seen: PROJ-999");
  assertEquals(parsed(query.stdout).map(({ key }) => key), allKeys(150));
  assertEquals([none.code, both.code, stale.code, plan.code], [1, 1, 1, 1]);
  assertMatch(stale.stderr, /--cache is off/);
  assertMatch(plan.stderr, /--plan makes no call/);
  assertMatch(none.stderr, /give keys, --file or --jql; see --help/);
  assertMatch(both.stderr, /exclude each other/);
});

Deno.test("jira-batch fetch --format csv has a column a field and names what is missing", async () => {
  await using server = startJiraServer({ issues: 2 });
  await using place = await sandbox(server.url);

  const { code, stdout } = await place.run([
    ...["fetch", "PROJ-1", "PROJ-9", "--format", "csv", "--fields", "summary,status,nothing"],
  ]);
  const contradiction = await place.run(["fetch", "PROJ-1", "--format", "csv", "--json"]);

  assertEquals(code, 1);
  assertEquals(lines(stdout), [
    "key,id,summary,status,nothing,error",
    "PROJ-1,10001,Issue 1,To Do,,",
    'PROJ-9,,,,,"PROJ-9 does not exist, or this login may not see it"',
  ]);
  assertEquals(contradiction.code, 1);
});

Deno.test("jira-batch says which settings are missing (2), which profile is unknown (2), no network (4)", async () => {
  await using place = await sandbox("http://127.0.0.1:9");
  const closed = startBrokenJira("silent");
  await closed[Symbol.asyncDispose]();
  const none = { DEVELOPMENT_GLOBAL_JIRA_URL: "", DEVELOPMENT_GLOBAL_JIRA_API_TOKEN: "" };
  const away = { DEVELOPMENT_GLOBAL_JIRA_URL: closed.url };

  const [missing, profile, network] = await Promise.all([
    place.run(["fetch", "PROJ-1", "--json"], { env: none }),
    place.run(["verify", "--profile", "work"]),
    place.run(["fetch", "PROJ-1", "--json"], { env: away }),
  ]);

  assertEquals([missing.code, profile.code, network.code], [2, 2, 4]);
  assertMatch(missing.stderr, /DEVELOPMENT_GLOBAL_JIRA_URL.*DEVELOPMENT_GLOBAL_JIRA_API_TOKEN/);
  assertEquals(Object(missing.json()).error_type, "ConfigurationError");
  assertStringIncludes(profile.stderr, 'Cannot use the profile "work" as nothing is set for it');
  assertEquals(Object(network.json()).error_type, "NetworkError");
});

Deno.test("jira-batch verify tells a wrong token (2) from a login that works", async () => {
  for (const dataCenter of [false, true]) {
    await using server = startJiraServer({ deployment: dataCenter ? "data-center" : "cloud" });
    await using place = await sandbox(server.url, { dataCenter });
    const key = dataCenter ? "JIRA_PAT" : "JIRA_API_TOKEN";
    const wrong = { [`DEVELOPMENT_GLOBAL_${key}`]: "wrong-token" };

    const good = await place.run(["verify"]);
    const bad = await place.run(["verify"], { env: wrong });
    const search = await place.run(["search", "project = PROJ"], { env: wrong });

    assertMatch(good.stdout, /^Logged in to http.* \(Jira (Cloud|Data Center)\) as Ada Lovelace /);
    assertEquals([good.code, bad.code, search.code], [0, 2, 2]);
    assertMatch(bad.stderr, /Cannot log in to Jira/);
    assert(!`${bad.stderr}${search.stderr}`.includes("wrong-token"));
  }
});

Deno.test("jira-batch search streams a million issues in flat memory", async () => {
  await using server = startJiraServer({ issues: 1_000_000 });
  await using place = await sandbox(server.url);
  await using child = place.spawn(["search", "project = PROJ", "--fields", "id"]);

  let count = 0;
  let peak = 0;
  for await (const chunk of child.stdout) {
    for (const byte of chunk) if (byte === 10) count++;
    peak = Math.max(peak, residentMegabytes(child.pid));
  }
  const { code } = await child.status;
  const said = await new Response(child.stderr).text();

  assertEquals([code, count, said], [0, 1_000_000, "1,000,000 issues\n"]);
  assert(peak < 400, `${peak} MB`);
});

/** The memory that a process has now; 0 where the system does not tell. */
function residentMegabytes(pid: number): number {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

Deno.test("jira-batch search ends quietly when nobody reads any more", async () => {
  await using server = startJiraServer({ issues: 100_000 });
  await using place = await sandbox(server.url);
  const child = place.spawn(["search", "project = PROJ", "--fields", "id"]);

  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  const { code } = await child.status;

  assertEquals([code, await new Response(child.stderr).text()], [0, ""]);
  assert(server.asked.length < 20, `${server.asked.length} pages`);
});

Deno.test("jira-batch run --dry-run shows the calls and makes none", async () => {
  await using server = startJiraServer();
  await using place = await sandbox(server.url);
  await place.write("r.ndjson", comments(2));

  const text = await place.run(["run", "r.ndjson", "--dry-run"]);
  const json = await place.run(["run", "r.ndjson", "--dry-run", "--json"]);

  assertEquals([text.code, json.code, server.asked.length], [0, 0, 0]);
  assertMatch(
    text.stdout,
    /1 +c1 +POST \/rest\/api\/3\/issue\/PROJ-1\/comment +\{"body":"comment 1"\} +would send/,
  );
  assertEquals(Object(json.json()).requests.map(({ step }: { step: string }) => step), [
    "send",
    "send",
  ]);
});

Deno.test("jira-batch run sends nothing when a line is wrong, and names all that are", async () => {
  await using server = startJiraServer();
  await using place = await sandbox(server.url);
  await place.write(
    "r.ndjson",
    [
      comments(1),
      "{",
      '{"method":"TRACE","endpoint":"/x"}',
      '{"method":"GET","endpoint":"https://elsewhere.example/x"}',
      '{"method":"GET","endpoint":"/x","body":{}}',
      '{"method":"GET","endpoint":"/x","id":"c1"}',
    ].join("\n"),
  );

  const { code, stderr } = await place.run(["run", "r.ndjson"]);

  assertEquals([code, server.asked.length], [1, 0]);
  for (const line of [2, 3, 4, 5, 6]) assertStringIncludes(stderr, `line ${line}: `);
});

Deno.test("a second jira-batch run sends only what has not succeeded", async () => {
  await using server = startJiraServer({ issues: 5 });
  await using place = await sandbox(server.url);
  await place.write(
    "r.ndjson",
    `${comments(6)}\n{"method":"GET","endpoint":"/rest/api/3/myself"}\n`,
  );

  const first = await place.run(["run", "r.ndjson", "--json"]);
  server.asked.length = 0;
  const again = await place.run(["run", "r.ndjson", "--json"]);
  const restarted = await place.run(["run", "r.ndjson", "--restart"]);

  assertEquals([first.code, again.code], [1, 1]);
  const results = parsed(first.stdout);
  assertEquals(results.length, 7);
  const failed = results.find(({ success }) => !success);
  assertEquals([failed.line, failed.id, failed.status, failed.outcome], [6, "c6", 404, "failed"]);
  assertEquals(parsed(again.stdout).map(({ line }) => line), [6]);
  assertStringIncludes(again.stderr, "7 requests: 0 succeeded, 6 done by an earlier run, 1 failed");
  assertEquals(restarted.code, 1);
  assertEquals([...written(server).values()], [2, 2, 2, 2, 2]);
});

Deno.test("a write that jira-batch run had 5xx for stays uncertain until --retry-uncertain", async () => {
  await using server = startJiraServer();
  await using place = await sandbox(server.url);
  await place.write("r.ndjson", comments(2));
  server.intercept(/PROJ-1.comment$/, () => new Response("", { status: 502 }));
  server.intercept(/PROJ-1.comment$/, () => Response.json({ message: "closed" }, { status: 400 }));

  const outcomes: unknown[] = [];
  for (const flags of [[], [], ["--retry-uncertain"], [], ["--retry-uncertain"]]) {
    const { code, stdout } = await place.run(["run", "r.ndjson", "--json", ...flags]);
    outcomes.push([
      code,
      ...parsed(stdout).map(({ line, outcome }) => `${line} ${outcome}`).sort(),
    ]);
  }

  assertEquals(outcomes, [
    [4, "1 uncertain", "2 succeeded"],
    [1, "1 uncertain"],
    [1, "1 failed"],
    // The refusal of the repetition says nothing of the first one.
    [1, "1 uncertain"],
    [0, "1 succeeded"],
  ]);
  assertEquals(server.count(/PROJ-1.comment$/), 3);
});

Deno.test("kill -9 in the middle of jira-batch run: each write is sent once, or listed as uncertain", async () => {
  await using server = startJiraServer();
  await using place = await sandbox(server.url);
  await place.write("r.ndjson", comments(60));
  const held: string[] = [];
  let isWell = false;
  // From the 20th on no answer comes; every other of these writes is done all the same.
  server.intercept(/comment$/, (_request, body) => {
    if (isWell || server.data.writes.length >= 30 || held.length + server.data.writes.length < 20) {
      return undefined;
    }
    held.push(String(Object(body).body));
    if (held.length % 2 === 0) server.data.writes.push({ what: "done unheard", body });
    return server.hang();
  }, 1000);

  await using run = place.start(["run", "r.ndjson", "--json", "--max-concurrent", "4"]);
  await waitFor(() => held.length === 4, { what: "four writes without an answer" });
  run.kill("SIGKILL");
  await run.result;
  isWell = true;
  const second = await place.run(["run", "r.ndjson", "--json"]);
  const afterSecond = written(server);
  const asked = server.asked.length;
  const third = await place.run(["run", "r.ndjson", "--json"]);
  const plan = await place.run(["run", "r.ndjson", "--dry-run", "--json"]);
  const askedByThird = server.asked.length - asked;
  const fourth = await place.run(["run", "r.ndjson", "--json", "--retry-uncertain"]);
  const fifth = await place.run(["run", "r.ndjson", "--json"]);

  const uncertain = (text: string) =>
    parsed(text).filter(({ outcome }) => outcome === "uncertain").map(({ line }) =>
      `comment ${line}`
    );
  assertEquals([second.code, third.code, fourth.code, fifth.code], [1, 1, 0, 0], second.stderr);
  assertEquals(uncertain(second.stdout).sort(), held.toSorted());
  assertEquals(uncertain(third.stdout).sort(), held.toSorted());
  assertEquals(askedByThird, 0);
  const steps = Object(plan.json()).requests.map(({ step }: { step: string }) => step);
  assertEquals(steps.filter((step: string) => step === "uncertain").length, 4);
  for (let number = 1; number <= 60; number++) {
    const body = `comment ${number}`;
    const count = afterSecond.get(body) ?? 0;
    assert(held.includes(body) ? count <= 1 : count === 1, `${body} was written ${count} times`);
  }
  assertEquals(parsed(fourth.stdout).map(({ outcome }) => outcome), Array(4).fill("succeeded"));
  assertEquals(fifth.stdout, "");
});

Deno.test("jira-batch run stops at a signal after what is in hand, and goes on next time", async () => {
  await using server = startJiraServer();
  await using place = await sandbox(server.url);
  await place.write("r.ndjson", comments(20));
  let release = () => {};
  const gate = new Promise<void>((resolve) => release = resolve);
  let arrived = 0;
  server.intercept(/comment$/, async () => {
    arrived++;
    await gate;
    return undefined;
  }, 1000);

  await using run = place.start(["run", "r.ndjson", "--json", "--max-concurrent", "3"]);
  await waitFor(() => arrived === 3, { what: "three writes" });
  run.kill("SIGINT");
  await run.waitForLine(/^Stopping/);
  release();
  const stopped = await run.result;
  const second = await place.run(["run", "r.ndjson", "--json"]);

  assertEquals([stopped.code, second.code], [130, 0]);
  assertStringIncludes(stopped.stderr, "20 requests: 3 succeeded, 17 not sent");
  assertStringIncludes(second.stderr, "20 requests: 17 succeeded, 3 done by an earlier run");
  assertEquals([...written(server).values()], Array(20).fill(1));
});

Deno.test("jira-batch run sends all requests although nobody reads its results any more", async () => {
  await using server = startJiraServer();
  await using place = await sandbox(server.url);
  await place.write("r.ndjson", comments(40));
  const child = place.spawn(["run", "r.ndjson", "--max-concurrent", "2"]);

  await child.stdout.cancel();
  const { code } = await child.status;
  const said = await new Response(child.stderr).text();

  assertEquals([code, server.data.writes.length], [0, 40], said);
});

Deno.test("two jira-batch runs of one file do not go at the same time", async () => {
  await using server = startJiraServer();
  await using place = await sandbox(server.url);
  await place.write("r.ndjson", comments(3));
  let isHeld = false;
  server.intercept(/comment$/, () => {
    isHeld = true;
    return server.hang();
  }, 3);

  await using first = place.start(["run", "r.ndjson"]);
  await waitFor(() => isHeld, { what: "a write" });
  const second = await place.run(["run", "r.ndjson"]);

  assertEquals(second.code, 1);
  assertMatch(second.stderr, /Cannot lock '.*' as process \d+ has held/);
  first.kill("SIGKILL");
});

Deno.test("a damaged journal of jira-batch run is exit code 3, and nothing is sent", async () => {
  await using server = startJiraServer();
  await using place = await sandbox(server.url);
  await place.write("r.ndjson", comments(3));
  await place.run(["run", "r.ndjson"]);
  const folder = join(place.home, ".local/state/opsdeck/jira/runs");
  const [journal = ""] = (await Array.fromAsync(Deno.readDir(folder)))
    .flatMap(({ name }) => name.endsWith(".journal") ? [join(folder, name)] : []);
  const text = await Deno.readTextFile(journal);
  await Deno.writeTextFile(journal, text.replace("intent", "inTent"));
  server.asked.length = 0;

  const { code, stderr } = await place.run(["run", "r.ndjson"]);

  assertEquals([code, server.asked.length], [3, 0]);
  assertStringIncludes(stderr, "does not match its checksum");
});

Deno.test("jira-batch --print-permissions names the one host of the configuration", async () => {
  await using place = await sandbox("https://example.atlassian.net");

  const fetch = await place.run(["fetch", "PROJ-1", "--file", "keys.txt", "--print-permissions"]);
  const cache = await place.run(["cache", "stats", "--print-permissions"]);

  assertStringIncludes(fetch.stdout, " --allow-net=example.atlassian.net:443 ");
  assertStringIncludes(fetch.stdout, join(place.folder, "keys.txt"));
  assertStringIncludes(cache.stdout, "--deny-net");
});

Deno.test("jira-batch goes through the proxy of the environment", async () => {
  await using server = startJiraServer();
  await using place = await sandbox("http://jira.proxied.example");
  const proxy = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      const { status, body } = await fetch(`${server.url}${pathname}`, {
        headers: request.headers,
      });
      return new Response(body, { status });
    },
  );
  try {
    const { code, stdout, stderr } = await place.run(["verify"], {
      env: {
        GLOBAL_JIRA_ALLOW_HTTP: "true",
        HTTP_PROXY: `http://127.0.0.1:${proxy.addr.port}`,
      },
    });

    assertEquals(code, 0, stderr);
    assertStringIncludes(stdout, "Logged in to http://jira.proxied.example/");
  } finally {
    await proxy.shutdown();
  }
});
