import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { ConfigurationError, NetworkError, Secret, ValidationError } from "../../lib/core/mod.ts";
import {
  JiraClient,
  readJiraSettings,
  RequestBatcher,
  sendRequest,
  verifyLogin,
} from "../../lib/jira/mod.ts";
import { errorText } from "../../lib/jira/client/error_text.ts";
import { type Breakage, startBrokenJira } from "../fakes/broken_jira.ts";
import { jiraLogin, startJiraServer } from "../fakes/jira_server.ts";
import { makeCertificates } from "../support/certificates.ts";
import { optionalTool } from "../support/optional_tool.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { clientOn } from "./client_on.ts";

const cloud = {
  DEVELOPMENT_GLOBAL_JIRA_URL: "https://example.atlassian.net/",
  DEVELOPMENT_GLOBAL_JIRA_EMAIL: "ada@example.com",
  DEVELOPMENT_GLOBAL_JIRA_API_TOKEN: "t0ken-of-cloud",
};

function settings(env: Record<string, string>, profile?: string) {
  return readJiraSettings(profile, { env: (name) => env[name], file: new Map() });
}

Deno.test("readJiraSettings() makes Cloud of e-mail and token, Data Center of a personal token", () => {
  const onCloud = settings(cloud);
  const onDataCenter = settings({
    GLOBAL_JIRA_URL: "https://jira.example.com:8443/jira/",
    GLOBAL_JIRA_PAT: "personal",
    GLOBAL_JIRA_TIMEOUT_SECONDS: "5",
  });

  assertEquals([onCloud.login.kind, onCloud.site.href], [
    "api-token",
    "https://example.atlassian.net/",
  ]);
  assertEquals([onDataCenter.login.kind, onDataCenter.site.href, onDataCenter.timeoutMs], [
    "personal-token",
    "https://jira.example.com:8443/jira",
    5000,
  ]);
});

Deno.test("readJiraSettings() takes a profile's own settings first, and refuses an unknown one", () => {
  const env = {
    ...cloud,
    DEVELOPMENT_WORK_JIRA_URL: "https://work.example.com",
    DEVELOPMENT_WORK_JIRA_PAT: "personal",
  };

  const work = settings(env, "work");

  assertEquals([work.site.host, work.login.kind], ["work.example.com", "personal-token"]);
  const error = assertThrows(() => settings(env, "wrok"), ConfigurationError, 'profile "wrok"');
  assertEquals(error.exitCode, 2);
});

Deno.test("readJiraSettings() names everything that is missing or wrong, and no secret", () => {
  const cases: [Record<string, string>, RegExp][] = [
    [{}, /DEVELOPMENT_GLOBAL_JIRA_URL.*DEVELOPMENT_GLOBAL_JIRA_API_TOKEN.*_JIRA_PAT/],
    [{ ...cloud, DEVELOPMENT_GLOBAL_JIRA_EMAIL: "" }, /DEVELOPMENT_GLOBAL_JIRA_EMAIL/],
    [{ ...cloud, DEVELOPMENT_GLOBAL_JIRA_URL: "example.atlassian.net" }, /must be the address/],
    [{ ...cloud, DEVELOPMENT_GLOBAL_JIRA_URL: "https://u:p@host" }, /without user/],
    [{ ...cloud, DEVELOPMENT_GLOBAL_JIRA_URL: "http://jira.example.com" }, /unencrypted/],
    [{ ...cloud, DEVELOPMENT_GLOBAL_JIRA_PAT: "x-personal" }, /both set/],
    [{ ...cloud, DEVELOPMENT_GLOBAL_JIRA_API_TOKEN: "s3cret line\nend" }, /copy it again/],
    [{ ...cloud, DEVELOPMENT_GLOBAL_JIRA_TIMEOUT_SECONDS: "soon" }, /must be a number/],
  ];
  for (const [env, pattern] of cases) {
    const error = assertThrows(() => settings(env), ConfigurationError);
    assertMatch(error.message, pattern);
    assert(!/s3cret|x-personal|t0ken/.test(JSON.stringify([error.message, error.context])));
  }
  const plain = { ...cloud, DEVELOPMENT_GLOBAL_JIRA_URL: "http://jira.example.com" };
  const allowed = settings({ ...plain, GLOBAL_JIRA_ALLOW_HTTP: "true" });
  assertEquals(allowed.site.protocol, "http:");
});

Deno.test("JiraClient.send() logs in as Cloud and Data Center want it", async () => {
  for (const dataCenter of [false, true]) {
    await using server = startJiraServer({ deployment: dataCenter ? "data-center" : "cloud" });
    using client = clientOn(server, { dataCenter });

    const answer = await client.send({ method: "GET", endpoint: `${client.apiPath}/myself` });

    assertEquals([answer.status, answer.ok, answer.error], [200, true, null]);
    assertEquals(client.apiPath, dataCenter ? "/rest/api/2" : "/rest/api/3");
  }
});

Deno.test("errorText() finds the reason in every shape of an error's body", () => {
  const cases: [number, unknown, string][] = [
    [400, { errorMessages: ["Bad", "Worse"], errors: {} }, "400 Bad Request: Bad; Worse"],
    [
      400,
      { errorMessages: [], errors: { summary: "is required", due: { message: "is past" } } },
      "400 Bad Request: summary: is required; due: is past",
    ],
    [
      401,
      { message: "Client must be authenticated", "status-code": 401 },
      "401 Unauthorized: Client must be authenticated",
    ],
    [400, { error: "invalid_grant", error_description: "Expired" }, "400 Bad Request: Expired"],
    [
      500,
      "<!DOCTYPE html><html><head><title>Oops</title></head><body><h1>Dead <b>link</b></h1>",
      '500 Internal Server Error: an HTML page "Oops: Dead link"',
    ],
    [502, "upstream\n\u001b[31mfailed", "502 Bad Gateway: upstream [31mfailed"],
    [503, null, "503 Service Unavailable"],
    [599, "", "599"],
    [418, [1, 2], "418"],
    [400, { errorMessages: "odd", errors: ["very"] }, "400 Bad Request: very"],
  ];
  for (const [status, body, text] of cases) assertEquals(errorText(status, body), text);
  assertEquals(errorText(400, "x".repeat(9999)).length, "400 Bad Request: ".length + 500);
});

const broken: [Breakage, string, RegExp][] = [
  ["hangs-up", "JIRA_LOST", /connection closed before message completed/],
  ["cuts-body", "JIRA_LOST", /Cannot read Jira's answer to GET/],
  ["no-http", "JIRA_LOST", /invalid HTTP/],
  ["html", "JIRA_BAD_ANSWER", /an HTML page "Sign in"/],
  ["silent", "JIRA_TIMEOUT", /300 ms have passed.*JIRA_TIMEOUT_SECONDS/],
  ["endless", "JIRA_TOO_LARGE", /longer than 1000000 bytes/],
];
for (const [breakage, code, pattern] of broken) {
  Deno.test(`a server that is broken (${breakage}) is an error of the network: ${code}`, async () => {
    await using server = startBrokenJira(breakage);
    using client = clientOn(server, {
      timeoutMs: breakage === "silent" ? 300 : 10_000,
      maxResponseBytes: 1_000_000,
    });

    const error = await assertRejects(
      () =>
        sendRequest(client, { method: "GET", endpoint: "/rest/api/3/myself" }, { maxRetries: 0 }),
      NetworkError,
    );

    assertEquals([error.code, error.exitCode], [code, 4]);
    assertMatch(error.message, pattern);
  });

  Deno.test(`a write to a server that is broken (${breakage}) is uncertain and sent once`, async () => {
    await using server = startBrokenJira(breakage);
    using client = clientOn(server, {
      timeoutMs: breakage === "silent" ? 300 : 10_000,
      maxResponseBytes: 1_000_000,
    });
    const batcher = new RequestBatcher(client);
    batcher.add("POST", "/rest/api/3/issue", { fields: {} });

    const [result] = (await batcher.execute()).values();

    assertEquals([result?.outcome, result?.attempts, server.requests], ["uncertain", 1, 1]);
  });
}

Deno.test("a write to a port on which nobody listens is certainly not done, and tried again", async () => {
  const server = startBrokenJira("silent");
  const { url } = server;
  await server[Symbol.asyncDispose]();
  using client = clientOn({ url });
  const batcher = new RequestBatcher(client, { maxRetries: 1 });
  for (let count = 0; count < 40; count++) batcher.add("POST", "/rest/api/3/issue", { count });

  const results = [...(await batcher.execute()).values()];

  assert(results.every(({ outcome }) => outcome === "failed"));
  assertMatch(
    results[0]?.error ?? "",
    /Cannot reach Jira at 127\.0\.0\.1:\d+ as tcp connect error/,
  );
  // Once one of them has tried twice in vain, the others need not.
  assertEquals(Math.max(...results.map(({ attempts }) => attempts)), 2);
  assertEquals(results[39]?.attempts, 0);
});

Deno.test("the token goes to no other host: a redirect there is an answer, one on the site is followed", async () => {
  await using other = startJiraServer();
  await using server = startJiraServer();
  using client = clientOn(server);
  const redirect = (location: string, status = 302) => () =>
    new Response(null, { status, headers: { location } });
  server.intercept(/elsewhere$/, redirect(`${other.url}/rest/api/3/myself`), 2);
  server.intercept(/moved$/, redirect("/rest/api/3/myself"), 2);
  server.intercept(/circle$/, redirect("/rest/api/3/circle"), 100);

  const elsewhere = await client.send({ method: "GET", endpoint: "/rest/api/3/elsewhere" });
  const moved = await client.send({ method: "GET", endpoint: "/rest/api/3/moved" });
  const write = await client.send({ method: "POST", endpoint: "/rest/api/3/moved", data: {} });
  const circle = await client.send({ method: "GET", endpoint: "/rest/api/3/circle" });

  assertEquals([elsewhere.status, moved.status, write.status, circle.status], [302, 200, 302, 302]);
  assertMatch(elsewhere.error ?? "", /^302 Found: sent on to http.*; set JIRA_URL to that$/);
  assertEquals(other.asked, []);
});

Deno.test("verifyLogin() tells who is logged in, and a wrong token from an empty site", async () => {
  for (const dataCenter of [false, true]) {
    await using server = startJiraServer({
      deployment: dataCenter ? "data-center" : "cloud",
      issues: 0,
    });
    using client = clientOn(server, { dataCenter });
    using wrong = clientOn(server, { dataCenter, token: "wrong" });

    const report = await verifyLogin(client);
    const error = await assertRejects(() => verifyLogin(wrong), ConfigurationError);

    assertEquals([report.display_name, report.active], ["Ada Lovelace", true]);
    assertEquals(report.account, dataCenter ? "ada" : "5b10a2844c20165700ede21g");
    assertEquals([error.code, error.exitCode], ["LOGIN_REFUSED", 2]);
  }
});

Deno.test("a captcha asked for after wrong logins is said so", async () => {
  await using server = startJiraServer();
  using client = clientOn(server);
  server.intercept(/./, () =>
    new Response("{}", {
      status: 403,
      headers: { "x-seraph-loginreason": "AUTHENTICATION_DENIED" },
    }));

  await assertRejects(() => verifyLogin(client), ConfigurationError, "captcha");
});

Deno.test("no error of the client carries the token", async () => {
  await using server = startJiraServer();
  using client = clientOn(server, { token: "very-secret-token" });
  server.intercept(
    /./,
    (request) => new Response(request.headers.get("authorization"), { status: 400 }),
    10,
  );

  const error = await assertRejects(
    () => sendRequest(client, { method: "GET", endpoint: "/rest/api/3/myself" }),
    ValidationError,
  );

  const inspected = Deno.inspect(client) + JSON.stringify(client);
  const { redact } = await import("../../lib/core/mod.ts");
  for (const text of [inspected, redact(error.message)]) {
    assert(!text.includes("very-secret-token"));
    assert(!text.includes(btoa(`${jiraLogin.email}:very-secret-token`)));
  }
});

Deno.test(
  "JIRA_CA_FILE is trusted beside the usual certificates",
  optionalTool("openssl"),
  async () => {
    await using folder = await temporaryFolder("jira-ca");
    await makeCertificates(folder.path);
    const server = Deno.serve({
      hostname: "127.0.0.1",
      port: 0,
      cert: await Deno.readTextFile(join(folder.path, "server.pem")),
      key: await Deno.readTextFile(join(folder.path, "server.key")),
      onListen() {},
    }, () => Response.json({ accountId: "1" }));
    const site = new URL(`https://localhost:${server.addr.port}`);
    const login = { kind: "personal-token", token: new Secret("personal") } as const;
    await Deno.writeTextFile(join(folder.path, "empty.pem"), "nothing\n");
    try {
      using trusting = new JiraClient({ site, login, caFile: join(folder.path, "ca.pem") });
      using usual = new JiraClient({ site, login });

      assertEquals((await verifyLogin(trusting)).account, "1");
      const error = await assertRejects(
        () => sendRequest(usual, { method: "GET", endpoint: "/x" }, { maxRetries: 0 }),
        NetworkError,
        "invalid peer certificate",
      );
      assertEquals(error.code, "JIRA_UNREACHABLE");
      for (const name of ["empty.pem", "missing.pem"]) {
        assertThrows(
          () => new JiraClient({ site, login, caFile: join(folder.path, name) }),
          ConfigurationError,
          "JIRA_CA_FILE",
        );
      }
    } finally {
      await server.shutdown();
    }
  },
);
