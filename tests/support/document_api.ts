/** The document API on loopback: checks signatures, deduplicates by id, and fails to order. */

import { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Webhook } from "standardwebhooks";

/** A call as it came. */
export interface ApiCall {
  id: string;
  /** The time that the signature covers, in seconds. */
  timestamp: number;
  /** The body to the byte. */
  body: string;
  /** Whether the public package accepts the signature. */
  isSigned: boolean;
  /** The status that was answered; 0 when the answer was lost or never came. */
  status: number;
}

/** How the API deals with a call. */
export type ApiBehaviour =
  | { kind: "accept" }
  /** Does not take the message. */
  | { kind: "answer"; status: number; headers?: Record<string, string>; body?: string }
  /** Does not take the message and says nothing. */
  | { kind: "silence" }
  /** Takes the message and hangs up instead of answering. */
  | { kind: "lose reply" }
  /** Takes the message and answers when told. */
  | { kind: "hold"; until: Promise<void> };

/** The API; disposing ends it. */
export interface DocumentApiServer extends AsyncDisposable {
  /** Its address. */
  readonly url: string;
  /** The secret that callers sign with. */
  readonly secret: string;
  /** All calls in order. */
  readonly calls: ApiCall[];
  /** The message that was taken first under each id. */
  readonly accepted: Map<string, { files: { filename: string; backup_path: string }[] }>;
  /** Ids under which a second, different body came: always a fault of the caller. */
  readonly conflicts: string[];
  /** Decides on each call; the default accepts. */
  behave: (call: ApiCall, index: number) => ApiBehaviour;
  /** The paths of all files of all accepted messages. */
  acceptedFiles(): string[];
}

/** Starts it. */
export async function documentApi(
  { secret = "whsec_c2VjcmV0LW9mLXRoZS1kb2N1bWVudC1hcGk=" }: { secret?: string } = {},
): Promise<DocumentApiServer> {
  const webhook = secret.startsWith("whsec_")
    ? new Webhook(secret)
    : new Webhook(new TextEncoder().encode(secret), { format: "raw" });
  const bodies = new Map<string, string>();
  const calls: ApiCall[] = [];
  const accepted: DocumentApiServer["accepted"] = new Map();
  const conflicts: string[] = [];

  const accept = ({ id, body }: ApiCall) => {
    const earlier = bodies.get(id);
    if (earlier !== undefined && earlier !== body) conflicts.push(id);
    if (earlier !== undefined) return;
    bodies.set(id, body);
    accepted.set(id, JSON.parse(body));
  };
  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    const headers = signatureHeaders(request);
    const call: ApiCall = {
      id: headers["webhook-id"],
      timestamp: Number(headers["webhook-timestamp"]),
      body,
      isSigned: isSigned(webhook, body, headers),
      status: 0,
    };
    calls.push(call);
    const answer = (status: number, text = "", more: Record<string, string> = {}) => {
      call.status = status;
      response.writeHead(status, more).end(text);
    };
    if (!call.isSigned) return answer(401, "The signature does not match");
    const behaviour = api.behave(call, calls.length - 1);
    switch (behaviour.kind) {
      case "accept":
        accept(call);
        return answer(202, '{"status":"queued"}');
      case "answer":
        return answer(behaviour.status, behaviour.body, behaviour.headers);
      case "silence":
        return;
      case "lose reply":
        accept(call);
        request.socket.destroy();
        return;
      case "hold":
        accept(call);
        await behaviour.until;
        return answer(202);
    }
  };
  const server = createServer((request, response) => {
    receive(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const api: DocumentApiServer = {
    url: `http://127.0.0.1:${port}/documents`,
    secret,
    calls,
    accepted,
    conflicts,
    behave: () => ({ kind: "accept" }),
    acceptedFiles: () =>
      [...accepted.values()].flatMap(({ files }) => files.map((file) => file.backup_path)),
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  return api;
}

type SignatureHeaders = Record<"webhook-id" | "webhook-timestamp" | "webhook-signature", string>;

function signatureHeaders({ headers }: IncomingMessage): SignatureHeaders {
  return {
    "webhook-id": String(headers["webhook-id"]),
    "webhook-timestamp": String(headers["webhook-timestamp"]),
    "webhook-signature": String(headers["webhook-signature"]),
  };
}

function isSigned(webhook: Webhook, body: string, headers: SignatureHeaders): boolean {
  try {
    webhook.verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}
