/** Programs that put files from one directory of a server into another, each as its user would. */

import { join } from "@std/path";
import { findTool } from "../../support/optional_tool.ts";
import { scriptPath } from "../../support/run_script.ts";
import { sftpEnvironment } from "../../support/sftp_client_config.ts";
import type { SftpServer } from "../../support/sftp_server.ts";

/** One copy of all files. */
export interface CopyJob {
  server: SftpServer;
  /** The directory on the server with the files. */
  from: string;
  /** The directory that they go to; it is there and empty. */
  to: string;
  /** A folder for the program's own files. */
  scratch: string;
  /** Where the requests are. */
  databaseUrl: string;
  /** A file with the requests' ids. */
  idsFile: string;
}

/** A program with its arguments. */
export interface Invocation {
  command: string[];
  env?: Record<string, string>;
}

/** Gives the command of a program, undefined where it is missing. */
export type Contender = (job: CopyJob) => Invocation | undefined;

/** Ours is the first. */
export const restoreContenders: Readonly<Record<string, Contender>> = {
  opsdeck: (job) => opsdeck(job, []),
  "opsdeck --verify": (job) => opsdeck(job, ["--verify"]),
  lftp,
  rclone,
};

function opsdeck(job: CopyJob, flags: string[]): Invocation {
  const { server, scratch, databaseUrl, idsFile } = job;
  const folders = `${scratch},${server.privateKeyPath}`;
  return {
    command: [
      Deno.execPath(),
      ...["run", "-q", "--no-prompt", "-P=restore-files"],
      `--allow-read=${folders}`,
      `--allow-write=${scratch}`,
      scriptPath("restore-files"),
      ...["--file", idsFile, "--temp-dir", scratch, "--yes", "--quiet", ...flags],
    ],
    env: {
      OPSDECK_HOME: scratch,
      DEVELOPMENT_GLOBAL_SURVEYHUB_CONNECTION_STRING: databaseUrl,
      ...sftpEnvironment(server),
    },
  };
}

function lftp({ server, from, to }: CopyJob): Invocation | undefined {
  const program = findTool("lftp");
  if (program === undefined) return undefined;
  const { privateKeyPath, port, username, host } = server;
  const ssh = `ssh -a -x -i ${privateKeyPath} -o StrictHostKeyChecking=no ` +
    "-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o BatchMode=yes";
  const site = `sftp://${username}:x@${host}:${port}`;
  return {
    command: [
      program,
      "--norc",
      "-c",
      `set sftp:connect-program '${ssh}'; mirror -P8 ${site}${from} ${site}${to}`,
    ],
  };
}

function rclone({ server, from, to, scratch }: CopyJob): Invocation | undefined {
  const program = findTool("rclone");
  if (program === undefined) return undefined;
  const { privateKeyPath, port, username, host } = server;
  const config = join(scratch, "rclone.conf");
  Deno.writeTextFileSync(
    config,
    `[bench]\ntype = sftp\nhost = ${host}\nport = ${port}\nuser = ${username}\n` +
      `key_file = ${privateKeyPath}\nshell_type = none\n`,
  );
  const how = ["--config", config, "--ignore-times", "--transfers", "8"];
  return { command: [program, "copy", ...how, `bench:${from}`, `bench:${to}`] };
}
