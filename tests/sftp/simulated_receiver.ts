/** A receiver of batches that deduplicates by their id and looks at the files behind the paths. */

import { assert, assertEquals } from "@std/assert";
import { NetworkError } from "../../lib/core/mod.ts";
import type { Deliver } from "../../lib/sftp/mod.ts";
import type { SimulatedServer } from "./simulated_server.ts";

/** How a delivery fails. */
export type DeliveryFault = "lost request" | "lost reply";

/** What was taken. */
export class SimulatedReceiver {
  /** The body and the contents behind it, by the batch's id. */
  readonly accepted = new Map<string, { body: string; contents: string[] }>();
  /** Asked for each delivery. */
  faultOf: () => DeliveryFault | undefined = () => undefined;
  /** Told after each delivery that was taken. */
  onChange: () => void = () => {};
  readonly #server: SimulatedServer;

  /** Receives what lies on a server. */
  constructor(server: SimulatedServer) {
    this.#server = server;
  }

  /** Takes batches. */
  readonly deliver: Deliver = async (batch) => {
    await this.#server.pause();
    const fault = this.faultOf();
    if (fault !== "lost request") this.#accept(batch.id, batch.body);
    this.onChange();
    if (fault !== undefined) throw new NetworkError("Cannot deliver as the answer was lost");
  };

  /** The contents that were delivered, sorted: each file once, however often its batch came. */
  contents(): string[] {
    return [...this.accepted.values()].flatMap(({ contents }) => contents).sort();
  }

  #accept(id: string, body: string): void {
    const earlier = this.accepted.get(id);
    if (earlier !== undefined) {
      assertEquals(body, earlier.body, "a batch was sent again with another body");
      return;
    }
    const { files }: { files: { backup_path: string; filename: string }[] } = JSON.parse(body);
    assert(files.length > 0 && files.length <= 2, `a batch of ${files.length}`);
    const contents = files.map(({ backup_path }) => {
      const node = this.#server.files.get(backup_path);
      assert(node !== undefined, `${backup_path} was delivered and is not there`);
      return node.content;
    });
    this.accepted.set(id, { body, contents });
  }
}
