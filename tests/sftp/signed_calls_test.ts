import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { ConfigurationError, NetworkError, OpsdeckError, Secret } from "../../lib/core/mod.ts";
import {
  callSignedApi,
  documentBody,
  type DocumentPayload,
  parseApiAddress,
  type SignedCallOptions,
  signPayload,
} from "../../lib/sftp/mod.ts";
import { makeCertificates } from "../support/certificates.ts";
import { absentTarget } from "../support/closed_port.ts";
import { documentApi, type DocumentApiServer } from "../support/document_api.ts";
import { optionalTool } from "../support/optional_tool.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const payload: DocumentPayload = {
  project_id: "acme",
  profile_code: "invoices",
  uploaded_by: "Admin",
  source: "SFTP",
  files: [{ filename: "naïve “1”.pdf", backup_path: "/done/11212026/naïve “1”.pdf" }],
};

function call(
  api: DocumentApiServer,
  options: SignedCallOptions = {},
  body = documentBody(payload),
) {
  const request = {
    address: parseApiAddress(api.url),
    secret: new Secret(api.secret),
    id: "msg_1",
    body,
  };
  return callSignedApi(request, { initialDelayMs: 1, ...options });
}

Deno.test("signPayload() makes what the public standardwebhooks package makes and accepts", () => {
  const base64Secret = fc.uint8Array({ minLength: 1, maxLength: 80 })
    .map((bytes) => `whsec_${btoa(String.fromCharCode(...bytes))}`);
  const plainSecret = fc.string({ unit: "grapheme", minLength: 1 })
    .filter((text) => !text.startsWith("whsec_"));
  fc.assert(fc.property(
    fc.oneof(base64Secret, plainSecret),
    fc.string({ minLength: 1 }),
    fc.date({ min: new Date(0), max: new Date("9999-01-01"), noInvalidDate: true }),
    fc.json({ stringUnit: "grapheme" }),
    (secret, id, timestamp, body) => {
      const headers = signPayload({ id, timestamp, body }, new Secret(secret));

      const peer = secret.startsWith("whsec_")
        ? new Webhook(secret)
        : new Webhook(new TextEncoder().encode(secret), { format: "raw" });
      assertEquals(headers["webhook-signature"], peer.sign(id, timestamp, body));
      assertEquals(headers["webhook-timestamp"], String(Math.floor(Number(timestamp) / 1000)));
      assertEquals(headers["webhook-id"], id);
    },
  ));
});

Deno.test("signPayload() refuses a secret that is no key, without showing it", () => {
  const message = { id: "a", timestamp: new Date(), body: "" };
  for (const text of ["whsec_not*base64", "whsec_"]) {
    const error = assertThrows(() => signPayload(message, new Secret(text)), ConfigurationError);
    assertMatch(error.message, /API_SECRET/);
    assert(!error.message.includes("not*base64"));
  }
});

Deno.test("documentBody() writes the reference's fields in its order", () => {
  assertEquals(
    documentBody(payload),
    '{"project_id":"acme","profile_code":"invoices","uploaded_by":"Admin","source":"SFTP",' +
      '"files":[{"filename":"naïve “1”.pdf","backup_path":"/done/11212026/naïve “1”.pdf"}]}',
  );
});

Deno.test("callSignedApi() posts a body that the receiver verifies, whatever its secret's form", async () => {
  for (const secret of ["whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ=", "plain secret, übung"]) {
    await using api = await documentApi({ secret });

    await call(api);

    assertEquals(api.calls.map(({ isSigned, status }) => [isSigned, status]), [[true, 202]]);
    assertEquals(Object(api.accepted.get("msg_1")), payload);
  }
});

Deno.test("callSignedApi() repeats id and body, and makes time and signature anew", async () => {
  await using api = await documentApi();
  api.behave = (_, index) => index < 2 ? { kind: "answer", status: 503 } : { kind: "accept" };
  const start = Date.now();
  let hour = 0;

  // Within the receiver's tolerance of five minutes.
  await call(api, { now: () => new Date(start + 60_000 * Math.floor(hour++ / 2)) });

  assertEquals(api.calls.map(({ id, body, isSigned }) => [id, body, isSigned]), [
    ["msg_1", documentBody(payload), true],
    ["msg_1", documentBody(payload), true],
    ["msg_1", documentBody(payload), true],
  ]);
  assertEquals(new Set(api.calls.map(({ timestamp }) => timestamp)).size, 3);
});

Deno.test("callSignedApi() tries 408, 425, 429 and any 5xx again, and gives up after the last retry", async () => {
  for (const status of [408, 425, 429, 500, 502, 503, 504, 599]) {
    await using api = await documentApi();
    api.behave = () => ({ kind: "answer", status, body: "busy\nnow" });

    const error = await assertRejects(() => call(api, { maxRetries: 2 }), OpsdeckError);

    assertEquals(api.calls.length, 3, String(status));
    assertEquals([error.retryable, error.context["status"], error.context["answer"]], [
      true,
      status,
      "busy now",
    ]);
  }
});

Deno.test("callSignedApi() takes any other answer as final, and follows no redirect", async () => {
  await using elsewhere = await documentApi();
  for (const status of [300, 301, 302, 307, 308, 400, 401, 403, 404, 409, 410, 422]) {
    await using api = await documentApi();
    const headers = { location: elsewhere.url };
    api.behave = () => ({ kind: "answer", status, headers, body: "no" });

    const error = await assertRejects(() => call(api), OpsdeckError, `answers ${status}: no`);

    assertEquals([error.code, error.retryable, api.calls.length], ["CALL_REFUSED", false, 1]);
  }
  assertEquals(elsewhere.calls, []);
});

Deno.test("callSignedApi() waits as Retry-After says, in seconds or by date, within its cap", async () => {
  await using api = await documentApi();
  const now = new Date();
  const inTenSeconds = new Date(Math.floor(Number(now) / 1000) * 1000 + 10_000);
  const answers = ["2", inTenSeconds.toUTCString(), "86400", "nonsense"];
  api.behave = (_, index) => {
    const retryAfter = answers[index];
    return retryAfter === undefined
      ? { kind: "accept" }
      : { kind: "answer", status: 429, headers: { "retry-after": retryAfter } };
  };
  const waits: number[] = [];

  await call(api, {
    maxRetries: 4,
    maxDelayMs: 60_000,
    now: () => now,
    sleep: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
  });

  assertEquals(waits.length, 4);
  assertEquals(waits[0], 2000);
  assert(waits[1] !== undefined && waits[1] > 9000 && waits[1] <= 10_000, String(waits[1]));
  assertEquals(waits[2], 60_000);
  assert(waits[3] !== undefined && waits[3] <= 8, String(waits[3]));
});

Deno.test("callSignedApi() tries again when an answer is lost or does not come in time", async () => {
  await using api = await documentApi();
  const faults = ["lose reply", "silence", "accept"] as const;
  api.behave = (_, index) => ({ kind: faults[index] ?? "accept" });

  await call(api, { timeoutMs: 300 });

  assertEquals(api.calls.map(({ id, status }) => [id, status]), [
    ["msg_1", 0],
    ["msg_1", 0],
    ["msg_1", 202],
  ]);
  assertEquals([api.accepted.size, api.conflicts], [1, []]);
});

Deno.test("callSignedApi() says that nobody listens, without the query of the address", async () => {
  const address = parseApiAddress(`http://127.0.0.1:${absentTarget().port}/in?token=hush`);

  const error = await assertRejects(
    () =>
      callSignedApi(
        { address, secret: new Secret("s3cret-of-ours"), id: "a", body: "{}" },
        { maxRetries: 0 },
      ),
    NetworkError,
    `Cannot deliver to http://127.0.0.1:${address.port}/in as it cannot be reached`,
  );

  assertEquals(error.exitCode, 4);
  assertMatch(error.message, /cannot be reached: .*Connection refused/i);
  assert(!Deno.inspect(error).includes("hush"));
});

Deno.test(
  "callSignedApi() calls nobody whose certificate it cannot verify",
  optionalTool("openssl"),
  async () => {
    await using folder = await temporaryFolder("tls");
    await makeCertificates(folder.path);
    let calls = 0;
    const server = Deno.serve({
      hostname: "127.0.0.1",
      port: 0,
      cert: await Deno.readTextFile(`${folder.path}/server.pem`),
      key: await Deno.readTextFile(`${folder.path}/server.key`),
      onListen: () => {},
    }, () => {
      calls++;
      return new Response();
    });
    const address = parseApiAddress(`https://localhost:${server.addr.port}/`);

    const error = await assertRejects(
      () => callSignedApi({ address, secret: new Secret("secret"), id: "a", body: "{}" }),
      ConfigurationError,
      `Cannot trust https://localhost:${server.addr.port}/ as its certificate is not accepted`,
    );
    await server.shutdown();

    assertEquals([error.code, error.retryable, calls], ["TLS_CERTIFICATE", false, 0]);
  },
);

Deno.test("callSignedApi() keeps a short and clean piece of the answer, and no secret", async () => {
  await using api = await documentApi();
  const body = `<h1>\u001b[31mBad</h1> ${api.secret} ${"x".repeat(100_000)}`;
  api.behave = () => ({ kind: "answer", status: 400, body });

  const error = await assertRejects(() => call(api), OpsdeckError);

  assert(error.message.length < 600, error.message);
  assertMatch(error.message, /answers 400: <h1> \[31mBad<\/h1> \*\*\* x+…;/);
});

Deno.test("callSignedApi() ends its waits with the signal", async () => {
  await using api = await documentApi();
  const controller = new AbortController();
  api.behave = () => ({ kind: "answer", status: 503 });

  await assertRejects(
    () =>
      call(api, {
        initialDelayMs: 60_000,
        maxDelayMs: 60_000,
        signal: controller.signal,
        onRetry: () => controller.abort(new DOMException("Enough", "AbortError")),
      }),
    DOMException,
    "Enough",
  );

  assertEquals(api.calls.length, 1);
});

Deno.test("parseApiAddress() takes http and https without user and password", () => {
  for (const text of ["https://api.example.com/process", " http://localhost:8080/a?b=c "]) {
    assertEquals(parseApiAddress(text).href, text.trim());
  }
  const wrong = ["api.example.com", "ftp://x/", "", "https://user:pw@x/", "javascript:alert(1)"];
  for (const text of wrong) {
    const error = assertThrows(
      () => parseApiAddress(text, "ACME_URL"),
      ConfigurationError,
      "ACME_URL",
    );
    assert(!error.message.includes("pw"), error.message);
  }
});
