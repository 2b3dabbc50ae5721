/** What the embedded server needs of Deno's permissions. */

import { join } from "node:path";
import {
  ConfigManager,
  ConfigurationError,
  configurationFiles,
  opsdeckHome,
  readEnvironmentVariable,
} from "../../core/mod.ts";
import { serverPaths } from "./server_paths.ts";
import { loopback } from "./server_port.ts";

/** Folders, programs and hosts, as `deno run` takes them. */
export interface EmbeddedPermissions {
  /** Hosts that are talked to and listened on. */
  net: string[];
  /** Folders that are read. */
  read: string[];
  /** Folders that are written. */
  write: string[];
  /** Programs that are run. */
  run: string[];
}

/** What is done with the server: made and started, stopped, or only looked at. */
export type EmbeddedWork = "start" | "stop" | "look";

/**
 * Gives the permissions with which the embedded server can be made, started and stopped.
 *
 * @throws ConfigurationError when neither HOME nor what stands for it is set.
 */
export function embeddedPermissions(work: EmbeddedWork): EmbeddedPermissions {
  const { home, binaries } = serverPaths();
  const folders = [opsdeckHome(), home];
  const programs = work === "start" ? realPaths(packageCacheFolder()) : [];
  return {
    net: [loopback],
    read: [...configurationFiles(new ConfigManager(), []), ...folders, ...programs],
    write: work === "look" ? [] : folders,
    run: [join(binaries, "bin", "pg_ctl")],
  };
}

// Deno names the files of a package by their real path, which must be allowed as well.
function realPaths(folder: string): string[] {
  try {
    return [...new Set([folder, Deno.realPathSync(folder)])];
  } catch {
    return [folder];
  }
}

/**
 * Gives the folder of Deno's package cache: DENO_DIR, or Deno's default on this system.
 *
 * @throws ConfigurationError when neither DENO_DIR nor HOME is set.
 */
export function packageCacheFolder(): string {
  const folder = readEnvironmentVariable("DENO_DIR");
  if (folder !== undefined && folder !== "") return folder;
  const home = readEnvironmentVariable("HOME");
  if (home === undefined || home === "") {
    throw new ConfigurationError(
      "Cannot find the package cache as neither DENO_DIR nor HOME is set; set HOME",
    );
  }
  return Deno.build.os === "darwin"
    ? join(home, "Library", "Caches", "deno")
    : join(home, ".cache", "deno");
}
