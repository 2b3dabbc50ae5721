/** Where metrics are served. */

import type { PermissionNeeds } from "../../core/command_line/mod.ts";
import { ValidationError } from "../../core/mod.ts";
import { queuePermissions } from "../queue_permissions.ts";

/** An address to listen on. */
export interface ListenAddress {
  /** A name or an address, an IPv6 one without its brackets. */
  hostname: string;
  /** 0 takes a free one. */
  port: number;
}

/**
 * Reads `HOST:PORT`, such as `127.0.0.1:9187` or `[::1]:9187`.
 *
 * @throws ValidationError when it is not one.
 */
export function parseListenAddress(text: string): ListenAddress {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]/]+)):(\d{1,5})$/i.exec(text);
  const hostname = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (hostname !== undefined && port <= 65_535) return { hostname, port };
  throw new ValidationError(
    `Cannot listen on "${text}" as it is no HOST:PORT; give one such as 127.0.0.1:9187`,
    { code: "USAGE" },
  );
}

/**
 * Works out the hosts of a metrics run: the database's, and the one that it listens on.
 *
 * @throws ConfigurationError when the database is not configured; ValidationError for the address.
 */
export async function metricsPermissions(listen: string | undefined): Promise<PermissionNeeds> {
  if (listen !== undefined) parseListenAddress(listen);
  const needs = await queuePermissions({});
  return listen === undefined ? needs : { ...needs, net: [...needs.net, listen] };
}
