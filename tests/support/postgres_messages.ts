/**
 * The messages of PostgreSQL's protocol in a stream of bytes.
 * https://www.postgresql.org/docs/18/protocol-message-formats.html
 */

/** One message. */
export interface PostgresMessage {
  /** Its type, such as `Q` or `Z`; empty for what a client says first. */
  type: string;
  /** Its body, without type and length. */
  body: Uint8Array;
}

/** Cuts a stream into messages. */
export class PostgresMessages {
  #rest: Uint8Array = new Uint8Array();
  #isFirst: boolean;

  /** `side` is who speaks: a client's first message has no type. */
  constructor(side: "client" | "server") {
    this.#isFirst = side === "client";
  }

  /** Gives the messages that are whole with these bytes. */
  read(bytes: Uint8Array): PostgresMessage[] {
    const all = new Uint8Array(this.#rest.length + bytes.length);
    all.set(this.#rest);
    all.set(bytes, this.#rest.length);
    const view = new DataView(all.buffer);
    const messages: PostgresMessage[] = [];
    let at = 0;
    while (true) {
      const head = this.#isFirst ? 0 : 1;
      if (at + head + 4 > all.length) break;
      const end = at + head + view.getInt32(at + head);
      if (end > all.length) break;
      const type = String.fromCharCode(...all.subarray(at, at + head));
      messages.push({ type, body: all.subarray(at + head + 4, end) });
      this.#isFirst = false;
      at = end;
    }
    this.#rest = all.subarray(at);
    return messages;
  }
}

/** Knows which statements a client runs, prepared ones by their text. */
export class StatementsRun {
  readonly #texts = new Map<string, string>();

  /** Gives the text of the statement that a client's message runs; undefined when it runs none. */
  read({ type, body }: PostgresMessage): string | undefined {
    const words = new TextDecoder().decode(body).split("\0");
    if (type === "Q") return words[0];
    // Parse: name, text. Bind: portal, name of the statement.
    if (type === "P") this.#texts.set(words[0] ?? "", words[1] ?? "");
    return type === "B" ? this.#texts.get(words[1] ?? "") : undefined;
  }
}
