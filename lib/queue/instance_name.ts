/** Names for this process and its claims, as `flow_instance_id` holds them. */

/** A process's own name, and a fresh name for each of its claims. */
export interface InstanceName {
  /** `<host>-<process>`, unique for this run. */
  instanceId: string;
  /** The host's name. */
  hostname: string;
  /** Gives `<host>-<process>:<claim>`; never the same twice. */
  nextClaim(): string;
}

// 100 characters hold the name; process, random part and claim number need less than 40.
const maxHostLength = 60;

/**
 * Names this process: host, process id, and a random part, since process ids come round again.
 * Needs the `sys` permission `hostname`.
 */
export function createInstanceName(): InstanceName {
  const hostname = Deno.hostname();
  const random = crypto.randomUUID().slice(0, 8);
  const instanceId = `${hostname.slice(0, maxHostLength)}-${Deno.pid}.${random}`;
  let claims = 0;
  return { instanceId, hostname, nextClaim: () => `${instanceId}:${++claims}` };
}
