/** One client's session, from its login to its end. */

import { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import { ByteReader } from "./byte_reader.ts";
import type { PlannedFaults } from "./planned_faults.ts";
import type { PostgresSession, StatementFailure, StatementResult } from "./postgres_session.ts";
import { messageTypes, type TdsMessage, toPackets } from "./tds_packets.ts";
import { type CallParameter, readCall } from "./tds_parameters.ts";
import { resultRows } from "./tds_rows.ts";
import { changed, done, doneInProcedure, doneProcedure, failed } from "./tds_tokens.ts";
import { translate } from "./tsql_translation.ts";

/** The number of `sp_executesql` among the procedures that are called by number. */
const executeSql = 10;

const transactionRequests = { begin: 5, commit: 7, rollback: 8 };

const isolationLevels = [
  "read committed",
  "read uncommitted",
  "read committed",
  "repeatable read",
  "serializable",
] as const;

/** What the session works with. */
export interface SessionParts {
  /** Where answers go. */
  stream: Duplex;
  /** Where statements run. */
  database: PostgresSession;
  /** What goes wrong. */
  faults: PlannedFaults;
  /** Hears each statement that comes. */
  onStatement: (text: string) => void;
}

/** Answers the messages after the login, one after the other. */
export class TdsSession {
  readonly #parts: SessionParts;
  #running: Promise<void> = Promise.resolve();
  #isBusy = false;
  #isCancelled = false;
  #transaction: Buffer | undefined;
  #transactions = 0n;

  /** Makes a session that has logged in. */
  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** Takes a message; what it asks for runs on while others come. */
  take(message: TdsMessage): void {
    if (message.type === messageTypes.attention) {
      this.#running = this.#attend(this.#running);
      return;
    }
    this.#running = this.#running.then(async () => {
      this.#isBusy = true;
      this.#isCancelled = false;
      try {
        const answer = await this.#answer(message);
        if (answer !== undefined) this.#send(answer);
      } catch (error) {
        this.#parts.stream.destroy();
        // The double itself is wrong, and a client would only see a broken connection.
        throw error;
      } finally {
        this.#isBusy = false;
      }
    });
  }

  /** Waits until nothing runs any more. */
  async end(): Promise<void> {
    if (this.#isBusy) await this.#parts.database.cancel();
    await this.#running;
  }

  /** The end of what runs is one message, and the word about the attention another one. */
  async #attend(running: Promise<void>): Promise<void> {
    if (this.#isBusy) {
      this.#isCancelled = true;
      await this.#parts.database.cancel();
    }
    await running;
    this.#send(done({ isAttention: true }));
  }

  #send(answer: Buffer): void {
    if (!this.#parts.stream.destroyed) this.#parts.stream.write(toPackets(answer));
  }

  async #answer(message: TdsMessage): Promise<Buffer | undefined> {
    if (message.isIgnored) return done();
    const before = message.resetsSession ? await this.#reset() : Buffer.alloc(0);
    const reader = new ByteReader(message.body).skipHeaders();
    const answer = await this.#dispatch(message.type, reader);
    return answer && Buffer.concat([before, answer]);
  }

  async #reset(): Promise<Buffer> {
    this.#parts.onStatement("(the session is reset)");
    await this.#parts.database.reset();
    this.#transaction = undefined;
    return changed.sessionReset();
  }

  async #dispatch(type: number, reader: ByteReader): Promise<Buffer | undefined> {
    switch (type) {
      case messageTypes.batch: {
        const text = reader.rest().toString("utf16le");
        // The driver's own settings, which mean nothing here.
        if (/^set ansi_nulls/.test(text)) return done();
        return await this.#statement(text, [], { one: done, all: done });
      }
      case messageTypes.call: {
        const { procedure, parameters: [statement, _types, ...parameters] } = readCall(reader);
        if (procedure !== executeSql) throw new Error(`The double has no procedure ${procedure}`);
        const endings = { one: doneInProcedure, all: doneProcedure };
        return await this.#statement(statement?.value ?? "", parameters, endings);
      }
      case messageTypes.transaction:
        return await this.#transactionRequest(reader);
      default:
        throw new Error(`The double does not know the message type ${type}`);
    }
  }

  async #statement(
    text: string,
    parameters: readonly CallParameter[],
    endings: { one: typeof done; all: typeof done },
  ): Promise<Buffer | undefined> {
    const run = async (): Promise<Buffer> => {
      const result = await this.#parts.database.run(translate(text, parameters));
      return Array.isArray(result)
        ? Buffer.concat([...result.map((one) => this.#result(one, endings.one)), endings.all()])
        : this.#failure(result, endings.all);
    };
    return await this.#withFaults(text, run, endings.all);
  }

  #result({ columns, rows, count }: StatementResult, one: typeof done): Buffer {
    const table = columns.length === 0 ? Buffer.alloc(0) : resultRows(columns, rows);
    return Buffer.concat([table, one({ rows: count, hasMore: true })]);
  }

  #failure({ error, hasRolledBack }: StatementFailure, all: typeof done): Buffer {
    // The client knows that it has cancelled.
    const word = this.#isCancelled ? Buffer.alloc(0) : failed(error);
    return Buffer.concat([
      word,
      ...(hasRolledBack ? [this.#transactionOver("transactionRolledBack")] : []),
      all({ hasFailed: true }),
    ]);
  }

  async #transactionRequest(reader: ByteReader): Promise<Buffer | undefined> {
    const { database } = this.#parts;
    switch (reader.uint16()) {
      case transactionRequests.begin: {
        const isolation = isolationLevels[reader.uint8()] ?? "read committed";
        return await this.#withFaults(`begin transaction ${isolation}`, async () => {
          await database.begin(isolation);
          this.#transactions += 1n;
          this.#transaction = Buffer.alloc(8);
          this.#transaction.writeBigInt64LE(this.#transactions);
          return Buffer.concat([changed.transactionBegun(this.#transaction), done()]);
        });
      }
      case transactionRequests.commit:
        return await this.#withFaults("commit transaction", async () => {
          await database.commit();
          return Buffer.concat([this.#transactionOver("transactionCommitted"), done()]);
        });
      case transactionRequests.rollback:
        return await this.#withFaults("rollback transaction", async () => {
          await database.rollback();
          return Buffer.concat([this.#transactionOver("transactionRolledBack"), done()]);
        });
      default:
        throw new Error("The double has no savepoints and no distributed transactions");
    }
  }

  #transactionOver(how: "transactionCommitted" | "transactionRolledBack"): Buffer {
    const id = this.#transaction ?? Buffer.alloc(8);
    this.#transaction = undefined;
    return changed[how](id);
  }

  async #withFaults(
    text: string,
    run: () => Promise<Buffer>,
    all: typeof done = done,
  ): Promise<Buffer | undefined> {
    const { faults, stream, database, onStatement } = this.#parts;
    onStatement(text);
    const fault = faults.take(text);
    if (fault?.kind === "error") return this.#failure(await database.fail(fault.error), all);
    if (fault?.kind === "break" && fault.moment === "before") return void stream.destroy();
    if (fault?.kind === "break" && fault.moment === "meanwhile") {
      stream.destroy();
      await fault.until;
    }
    const answer = await run();
    if (fault?.kind === "break") return void stream.destroy();
    return answer;
  }
}
