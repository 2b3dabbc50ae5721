/**
 * A server that speaks SQL Server's protocol, TDS 7.4, on loopback, and runs the statements on a
 * PostgreSQL database: enough for the unmodified driver to run every statement of opsdeck, and to
 * break each of them on purpose.
 *
 * It cannot show:
 * - whether real SQL Server takes a statement. `tsql_translation.ts` lists the T-SQL that it knows;
 *   PostgreSQL decides about the rest, so what only PostgreSQL understands passes here as well
 * - collations: texts compare as PostgreSQL's, where SQL Server's usual ones ignore case and blanks
 *   at the end
 * - locks and plans: who waits for whom, escalation, hints, and what a statement costs
 * - implicit conversions: a text is no number here, and a null fits every column
 * - SQL Server's limits, such as 2,100 parameters, and how precise its datetime2(3) is
 * - compatibility levels (`openjson` needs 130), rights, Windows and Entra logins,
 *   bulk load, cursors, savepoints, prepared handles and table-valued parameters
 * - settings of the session that sp_executesql undoes at its end: here they stay until a reset
 */

import { Buffer } from "node:buffer";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Secret } from "../../../lib/core/mod.ts";
import type { ConnectionTarget } from "../../../lib/database/mod.ts";
import { PlannedFaults, type StatementFault } from "./planned_faults.ts";
import { PostgresSession } from "./postgres_session.ts";
import { encryption, loginAnswer, preloginAnswer, readEncryption, readLogin } from "./tds_login.ts";
import { messageTypes, readMessages, toPackets } from "./tds_packets.ts";
import { TdsSession } from "./tds_session.ts";
import { type ServerCertificate, startTlsBridge, type TlsBridge } from "./tds_tls.ts";
import { done, failed, type ServerError } from "./tds_tokens.ts";

/** How the server is. */
export interface TdsServerOptions {
  /** The superuser's URL of the PostgreSQL database behind it. */
  database: string;
  /** Offers encryption. By default the server has none. */
  certificate?: ServerCertificate;
  /** Refuses clients that do not encrypt; `strict` wants it before the first byte (TDS 8). */
  requiresEncryption?: boolean | "strict";
  /** How many sessions there may be at once; more are refused with 17809. */
  maxSessions?: number;
}

/** A server for a test; disposing ends all of it. */
export interface TdsServer extends AsyncDisposable {
  /** How a client reaches it, without encryption. */
  readonly target: ConnectionTarget;
  /** The same as a connection string. */
  readonly connectionString: string;
  /** Every statement that came, `begin transaction` and the like included. */
  readonly statements: string[];
  /** How many clients have logged in and are still there. */
  readonly sessions: number;
  /** How many logins there were. */
  readonly logins: number;
  /** Makes the next statement whose text matches go wrong, once; resolves when it does. */
  plan(pattern: RegExp, fault: StatementFault): Promise<void>;
  /** Refuses the next login. */
  refuseLogin(error: ServerError): void;
  /** Breaks all connections. */
  breakAll(): void;
}

const databaseName = "SurveyHub";
const user = "ada";
const password = "hunter22";

/** Starts a server on a free port of 127.0.0.1, with the login `ada`. */
export async function startTdsServer(options: TdsServerOptions): Promise<TdsServer> {
  const faults = new PlannedFaults();
  const statements: string[] = [];
  const clients = new Set<Socket>();
  const serving = new Set<Promise<void>>();
  const bridge = options.certificate && await startTlsBridge(options.certificate);
  let sessions = 0;
  let logins = 0;

  const serve = async (client: Socket): Promise<void> => {
    const stream = await negotiate(client, bridge, options.requiresEncryption);
    const messages = readMessages(stream);
    const { value: message } = await messages.next();
    if (message === undefined) return;
    const login = readLogin(message.body);
    logins += 1;
    const refusal = faults.takeLogin() ?? refusalOf(login, sessions, options.maxSessions);
    if (refusal !== undefined) {
      stream.write(toPackets(Buffer.concat([failed(refusal), done({ hasFailed: true })])));
      // The client hangs up; if this side did, the driver would not read the answer any more.
      await messages.next();
      return;
    }
    sessions += 1;
    const database = await PostgresSession.open(options.database, login.application);
    const session = new TdsSession({
      stream,
      database,
      faults,
      onStatement: (text) => statements.push(text),
    });
    try {
      stream.write(toPackets(loginAnswer(login)));
      for await (const next of messages) session.take(next);
    } finally {
      sessions -= 1;
      await session.end();
      await database.close();
    }
  };

  const server = createServer({ noDelay: true }, (client) => {
    clients.add(client);
    client.on("error", () => {});
    const closed = once(client, "close");
    const served = serve(client).catch((error) => {
      if (!isHangUp(error)) throw error;
    }).finally(async () => {
      client.destroy();
      await closed;
      clients.delete(client);
      serving.delete(served);
    });
    serving.add(served);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No address");

  const breakAll = () => {
    for (const client of clients) client.destroy();
  };
  return {
    target: {
      dialect: "sqlserver",
      host: "127.0.0.1",
      port: address.port,
      database: databaseName,
      username: user,
      password: new Secret(password),
      tls: { mode: "disable" },
    },
    connectionString: `Server=127.0.0.1,${address.port};Database=${databaseName};` +
      `UID=${user};PWD=${password};Encrypt=no`,
    statements,
    get sessions() {
      return sessions;
    },
    get logins() {
      return logins;
    },
    plan: (pattern, fault) => faults.plan(pattern, fault),
    refuseLogin: (error) => faults.planLogin(error),
    breakAll,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      breakAll();
      await Promise.all(serving);
      await closed;
      await bridge?.[Symbol.asyncDispose]();
    },
  };
}

/** Answers the first message, and encrypts when both sides want it. */
async function negotiate(
  client: Socket,
  bridge: TlsBridge | undefined,
  requiresEncryption: TdsServerOptions["requiresEncryption"],
): Promise<Duplex> {
  if (bridge !== undefined && requiresEncryption === "strict") {
    const stream = await bridge.secure(client, true);
    await readPrelogin(stream);
    stream.write(toPackets(preloginAnswer(encryption.on)));
    return stream;
  }
  const asked = await readPrelogin(client);
  const wants = asked === encryption.on || asked === encryption.required;
  const answer = bridge === undefined
    ? encryption.unsupported
    : wants
    ? encryption.on
    : requiresEncryption
    ? encryption.required
    : encryption.unsupported;
  client.write(toPackets(preloginAnswer(answer)));
  return bridge !== undefined && wants ? await bridge.secure(client) : client;
}

/** Reads by hand, as the loop over messages would keep the stream for itself. */
async function readPrelogin(client: Duplex): Promise<number> {
  let bytes: Buffer = Buffer.alloc(0);
  while (bytes.length < 8 || bytes.length < bytes.readUInt16BE(2)) {
    const [chunk]: Buffer[] = await once(client, "data");
    bytes = Buffer.concat([bytes, chunk ?? Buffer.alloc(0)]);
  }
  // Without a listener, what comes now would be lost.
  client.pause();
  if (bytes[0] !== messageTypes.prelogin) throw new Error("The client does not speak TDS 7");
  return readEncryption(bytes.subarray(8));
}

function refusalOf(
  login: ReturnType<typeof readLogin>,
  sessions: number,
  maxSessions = Infinity,
): ServerError | undefined {
  if (login.user !== user || login.password !== password) {
    return { number: 18456, message: `Login failed for user '${login.user}'.`, severity: 14 };
  }
  if (sessions < maxSessions) return undefined;
  const message = `Could not connect because the maximum number of '${maxSessions}' user ` +
    "connections has already been reached.";
  return { number: 17809, message, severity: 20 };
}

function isHangUp(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^(ECONNRESET|EPIPE|ERR_STREAM_PREMATURE_CLOSE|ABORT_ERR)$/.test(code) ||
    (error instanceof Error && error.message.includes("hung up"));
}
