/** What goes wrong, and when: each fault happens once. */

import type { ServerError } from "./tds_tokens.ts";

/** What happens to the next statement whose text matches. */
export type StatementFault =
  /** The server answers with an error in its place; a deadlock (1205) also rolls back. */
  | { kind: "error"; error: ServerError }
  /** The connection breaks, before the statement runs or once it has run. */
  | { kind: "break"; moment: "before" | "after" }
  /** The connection breaks, and the statement runs nevertheless, when the time has come. */
  | { kind: "break"; moment: "meanwhile"; until: Promise<unknown> };

interface Planned {
  pattern: RegExp;
  fault: StatementFault;
  happened: () => void;
}

/** The faults that are still to come. */
export class PlannedFaults {
  readonly #statements: Planned[] = [];
  readonly #logins: ServerError[] = [];

  /** Plans a fault; the promise is resolved when it happens. */
  plan(pattern: RegExp, fault: StatementFault): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#statements.push({ pattern, fault, happened: resolve });
    return promise;
  }

  /** Refuses the next login. */
  planLogin(error: ServerError): void {
    this.#logins.push(error);
  }

  /** Takes the fault of a statement. */
  take(text: string): StatementFault | undefined {
    const index = this.#statements.findIndex(({ pattern }) => pattern.test(text));
    if (index < 0) return undefined;
    const [planned] = this.#statements.splice(index, 1);
    planned?.happened();
    return planned?.fault;
  }

  /** Takes the refusal of a login. */
  takeLogin(): ServerError | undefined {
    return this.#logins.shift();
  }
}
