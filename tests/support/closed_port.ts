/** A database that is not there. */

import { Secret } from "../../lib/core/mod.ts";
import type { ConnectionTarget } from "../../lib/database/mod.ts";

/** Gives a target on a port of this machine on which nothing listens. */
export function absentTarget(): ConnectionTarget {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return {
    dialect: "postgresql",
    host: "127.0.0.1",
    port,
    database: "nothing",
    username: "nobody",
    password: new Secret("not needed"),
    tls: { mode: "disable" },
  };
}
