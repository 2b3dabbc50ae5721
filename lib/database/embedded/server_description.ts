/** The description of the embedded server, by which other scripts find it. */

import { join } from "node:path";
import { opsdeckHome, Secret, writeFileAtomic } from "../../core/mod.ts";
import { startFailure } from "./pg_ctl.ts";

/** What a program needs to reach the embedded server. */
export interface EmbeddedServer {
  /** Always 127.0.0.1. */
  host: string;
  /** The port, kept from start to start while it is free. */
  port: number;
  /** The superuser. */
  username: string;
  /** Its password. */
  password: Secret;
  /** The data folder. */
  dataDirectory: string;
  /** The server's process id. */
  pid: number;
  /** The server's version, such as `18.4`. */
  version: string;
}

/** What is decided when the cluster is made, and kept beside it. */
export interface ClusterIdentity {
  /** The superuser. */
  username: string;
  /** Its password. */
  password: Secret;
  /** The port of the last start. */
  port: number;
}

/** Gives the path of the description: `postgresql.json` in the folder of opsdeck's state. */
export function descriptionPath(): string {
  return join(opsdeckHome(), "postgresql.json");
}

/** Reads the description; undefined when there is none, or none that is whole. */
export async function readDescription(): Promise<EmbeddedServer | undefined> {
  const value = await readJson(descriptionPath());
  const identity = parseIdentity(value);
  if (identity === undefined || !isRecord(value)) return undefined;
  const { host, dataDirectory, pid, version } = value;
  if (typeof host !== "string" || typeof dataDirectory !== "string") return undefined;
  if (typeof pid !== "number" || typeof version !== "string") return undefined;
  return { ...identity, host, dataDirectory, pid, version };
}

/** Writes the description, readable by this user alone, unless it says the same already. */
export async function publishDescription(server: EmbeddedServer): Promise<void> {
  const known = await readDescription();
  if (known !== undefined && serialize(known) === serialize(server)) return;
  await Deno.mkdir(opsdeckHome(), { recursive: true });
  await writeFileAtomic(descriptionPath(), serialize(server), { mode: 0o600 });
}

/** Removes the description of a server that has stopped. */
export async function removeDescription(): Promise<void> {
  try {
    await Deno.remove(descriptionPath());
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/**
 * Reads what was decided when the cluster was made.
 *
 * @throws OpsdeckError with code DATABASE_START when the file is missing or not whole.
 */
export async function readIdentity(clusterFile: string): Promise<ClusterIdentity> {
  const identity = parseIdentity(await readJson(clusterFile));
  if (identity !== undefined) return identity;
  throw startFailure(
    `Cannot use the embedded PostgreSQL as its password file "${clusterFile}" is missing or ` +
      'damaged; restore it, or remove the folder "data" beside it to begin with an empty database',
  );
}

/** Writes what was decided when the cluster was made, readable by this user alone. */
export async function writeIdentity(clusterFile: string, identity: ClusterIdentity): Promise<void> {
  await writeFileAtomic(clusterFile, serialize(identity), { mode: 0o600 });
}

function serialize(value: EmbeddedServer | ClusterIdentity): string {
  return JSON.stringify({ ...value, password: value.password.reveal() }, null, 2) + "\n";
}

function parseIdentity(value: unknown): ClusterIdentity | undefined {
  if (!isRecord(value)) return undefined;
  const { username, password, port } = value;
  if (typeof username !== "string" || typeof password !== "string") return undefined;
  if (typeof port !== "number") return undefined;
  return { username, password: new Secret(password), port };
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
