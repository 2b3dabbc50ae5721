/** Settings that lead to another server than the one that claimed files are on. */

import { ConfigurationError } from "../../core/mod.ts";
import type { PollerConnection } from "./poller_connection.ts";
import type { PollerState } from "./poller_state.ts";

/**
 * Refuses a server while claimed files wait for a batch on another one: here they would all look
 * gone.
 *
 * @throws ConfigurationError with the code `OTHER_SERVER`.
 */
export function refuseOtherServer(connection: PollerConnection, state: PollerState): void {
  const claims = state.claims.values().filter((claim) => claim.stage !== "batched").toArray();
  const [other] = claims.filter((claim) => claim.server !== connection.server);
  if (other === undefined) return;
  const files = claims.length === 1 ? "1 claimed file is" : `${claims.length} claimed files are`;
  throw new ConfigurationError(
    `Cannot poll ${connection.server} as ${files} still to be found on ` +
      `${other.server}; poll once more with its settings, or move the journal away to give them up`,
    { code: "OTHER_SERVER", context: { server: connection.server, earlier_server: other.server } },
  );
}
