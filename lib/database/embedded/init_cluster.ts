/** Makes a cluster: the data folder of a server. */

import { basename, dirname, join } from "node:path";
import type { Secret } from "../../core/mod.ts";
import { runPgCtl, startFailure } from "./pg_ctl.ts";
import { serverAccount } from "./server_account.ts";

/** What a cluster is made with. */
export interface InitClusterOptions {
  /** The folder with the programs' `bin`. */
  binaries: string;
  /** The data folder; must not exist. */
  dataDirectory: string;
  /** The superuser. */
  username: string;
  /** Its password. */
  password: Secret;
  /** Lines of `postgresql.conf` beyond those that every cluster of opsdeck has. */
  settings?: Readonly<Record<string, string>>;
  /** Whether to wait until the cluster is safe on disk. Defaults to true. */
  isDurable?: boolean;
  /** What to do last, with the finished cluster still under another name. */
  beforeRename?: () => Promise<void>;
  /** Stops the work. */
  signal?: AbortSignal | undefined;
}

const initTimeoutMs = 120_000;

const commonSettings = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  timezone: "UTC",
  log_timezone: "UTC",
  // Nobody rotates the log of a server that is left running.
  log_checkpoints: "off",
};

/**
 * Makes a cluster that listens on 127.0.0.1 alone, asks for a password (SCRAM), and holds UTF-8
 * sorted by code point, with times in UTC.
 *
 * The data folder gets its name when it is complete, so that it is never half there. What a killed
 * process left beside it is removed; the caller keeps others away with a lock.
 *
 * @throws OpsdeckError with code DATABASE_START when initdb fails.
 */
export async function initCluster(options: InitClusterOptions): Promise<void> {
  const { dataDirectory, binaries, username, signal } = options;
  await removeHalfMadeClusters(dataDirectory);
  const partial = `${dataDirectory}.partial-${crypto.randomUUID().slice(0, 8)}`;
  const passwordFile = `${partial}.password`;
  const settings = { ...commonSettings, ...options.settings };
  try {
    await makeOwned(() => Deno.mkdir(partial, { mode: 0o700 }), partial);
    await makeOwned(
      () => Deno.writeTextFile(passwordFile, options.password.reveal(), { mode: 0o600 }),
      passwordFile,
    );
    const initdbArgs = [
      `--username=${username}`,
      `--pwfile=${passwordFile}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--locale=C",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
      "--no-instructions",
      ...(options.isDurable === false ? ["--no-sync"] : []),
      ...Object.entries(settings).map(([name, value]) => `--set=${name}=${value}`),
    ];
    const { code, message } = await runPgCtl({
      binaries,
      args: [
        "initdb",
        "--silent",
        `--pgdata=${partial}`,
        `--options=${initdbArgs.map(quoteForShell).join(" ")}`,
      ],
      timeoutMs: initTimeoutMs,
      signal,
    });
    if (code !== 0) {
      throw startFailure(`Cannot make the database folder "${dataDirectory}" (${message})`);
    }
    await options.beforeRename?.();
    await Deno.rename(partial, dataDirectory);
  } finally {
    await removeHalfMadeClusters(dataDirectory);
  }
}

// pg_ctl hands its options to a shell.
function quoteForShell(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

async function makeOwned(make: () => Promise<void>, path: string): Promise<void> {
  await make();
  const account = serverAccount();
  if (account !== undefined) await Deno.chown(path, account.uid, account.gid);
}

/**
 * Removes what a killed process left of clusters that it was making. What cannot be removed, since
 * an initdb that outlived its caller still writes there, is left for the next time.
 */
export async function removeHalfMadeClusters(dataDirectory: string): Promise<void> {
  const prefix = `${basename(dataDirectory)}.partial-`;
  for await (const { name } of Deno.readDir(dirname(dataDirectory))) {
    if (!name.startsWith(prefix)) continue;
    try {
      await Deno.remove(join(dirname(dataDirectory), name), { recursive: true });
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) throw error;
    }
  }
}
