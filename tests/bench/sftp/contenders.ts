/** The programs that are compared, each run as its user would. */

import { fromFileUrl, join } from "@std/path";
import { findTool } from "../../support/optional_tool.ts";
import type { BenchServer } from "./bench_server.ts";

/** From the server or to it. */
export type Direction = "down" | "up";

/** One transfer of all files of a folder into another. */
export interface Job {
  server: BenchServer;
  direction: Direction;
  /** The folder with the files. */
  from: string;
  /** The folder that they go to; it is there and empty. */
  to: string;
  /** A folder for the program's own files. */
  scratch: string;
  /** How many files the programs that must be told carry at once. */
  parallel: number;
}

/** A program with its arguments. */
export interface Invocation {
  command: string[];
  env?: Record<string, string>;
  cwd?: string;
}

/** A program that takes part. */
export interface Contender {
  name: string;
  /** Gives the command for a job, undefined where the program is missing. */
  invoke(job: Job): Invocation | undefined;
}

/** Ours is the first. */
export const contenders: readonly Contender[] = [
  { name: "opsdeck", invoke: opsdeck },
  { name: "sftp", invoke: sftp },
  { name: "lftp", invoke: lftp },
  { name: "rclone", invoke: rclone },
];

function opsdeck({ server, direction, from, to, scratch }: Job): Invocation {
  const config = fromFileUrl(new URL("../../../deno.json", import.meta.url));
  const script = fromFileUrl(new URL("../../../scripts/sftp-files.ts", import.meta.url));
  const folders = `${from},${to},${scratch},${server.keyPath}`;
  return {
    command: [
      Deno.execPath(),
      "run",
      "-q",
      "--no-prompt",
      `--config=${config}`,
      "-P=sftp-files",
      `--allow-read=${folders}`,
      `--allow-write=${to},${scratch}`,
      script,
      ...(direction === "down" ? ["get", `${from}/*`] : ["put", `${from}/*`]),
      "--to",
      to,
      "--quiet",
    ],
    env: {
      OPSDECK_HOME: scratch,
      DEVELOPMENT_GLOBAL_SFTP_HOST: server.host,
      DEVELOPMENT_GLOBAL_SFTP_PORT: String(server.port),
      DEVELOPMENT_GLOBAL_SFTP_USER: server.username,
      DEVELOPMENT_GLOBAL_SFTP_PRIVATE_KEY: server.keyPath,
      DEVELOPMENT_GLOBAL_SFTP_HOST_KEY: server.hostKeyFingerprint,
    },
    cwd: direction === "down" ? to : from,
  };
}

const sshOptions = [
  "StrictHostKeyChecking=no",
  "UserKnownHostsFile=/dev/null",
  "LogLevel=ERROR",
  "BatchMode=yes",
];

function sftp({ server, direction, from, to, scratch }: Job): Invocation | undefined {
  const program = findTool("sftp");
  if (program === undefined) return undefined;
  const batch = join(scratch, "batch");
  Deno.writeTextFileSync(batch, `${direction === "down" ? "get" : "put"} ${from}/* ${to}/\n`);
  const options = sshOptions.flatMap((option) => ["-o", option]);
  const { keyPath, port, username, host } = server;
  return {
    command: [
      program,
      ...["-q", "-F", "none", "-i", keyPath, "-P", String(port), ...options, "-b", batch],
      `${username}@${host}`,
    ],
  };
}

function lftp({ server, direction, from, to, parallel }: Job): Invocation | undefined {
  const program = findTool("lftp");
  if (program === undefined) return undefined;
  const { keyPath, port, username, host } = server;
  const ssh = `ssh -a -x -i ${keyPath} ${sshOptions.map((option) => `-o ${option}`).join(" ")}`;
  const mirror = direction === "down" ? "mirror" : "mirror -R";
  return {
    command: [
      program,
      "--norc",
      "-c",
      `set sftp:connect-program '${ssh}'; open -u ${username},x -p ${port} sftp://${host}; ` +
      `${mirror} -P${parallel} ${from} ${to}`,
    ],
  };
}

function rclone({ server, direction, from, to, scratch, parallel }: Job): Invocation | undefined {
  const program = findTool("rclone");
  if (program === undefined) return undefined;
  const { keyPath, port, username, host } = server;
  const config = join(scratch, "rclone.conf");
  Deno.writeTextFileSync(
    config,
    `[bench]\ntype = sftp\nhost = ${host}\nport = ${port}\nuser = ${username}\n` +
      `key_file = ${keyPath}\nshell_type = none\n`,
  );
  const paths = direction === "down" ? [`bench:${from}`, to] : [from, `bench:${to}`];
  return {
    command: [
      program,
      ...["copy", "--config", config, "--ignore-times", "--transfers", String(parallel), ...paths],
    ],
  };
}
