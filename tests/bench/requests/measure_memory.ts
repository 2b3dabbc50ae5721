/** How much memory the scripts take at most, over few and many requests. */

import { join } from "@std/path";
import { DatabaseManager } from "../../../lib/database/mod.ts";
import { migrateRequests } from "../../../lib/requests/mod.ts";
import { embeddedSftpServer } from "../../support/embedded_sftp_server.ts";
import { testDatabase } from "../../support/postgres_server.ts";
import { packageFolder, scriptPath } from "../../support/run_script.ts";
import { sftpEnvironment } from "../../support/sftp_client_config.ts";
import { temporaryFolder } from "../../support/temporary_folder.ts";

/** The most memory that a script took, in MiB. */
export interface MemoryPeak {
  requests: number;
  mebibytes: number;
}

/** The same over few and over many requests. */
export interface MemoryPeaks {
  few: MemoryPeak;
  many: MemoryPeak;
}

/** Measures `find-requests` with so many results each. */
export async function measureFindMemory(
  [few, many]: readonly [number, number],
  flags: readonly string[],
): Promise<MemoryPeaks> {
  return { few: await findPeak(few, flags), many: await findPeak(many, flags) };
}

/** Measures `restore-files` over so many files of a hundred bytes each. */
export async function measureRestoreMemory(
  [few, many]: readonly [number, number],
): Promise<MemoryPeaks> {
  return { few: await restorePeak(few), many: await restorePeak(many) };
}

async function findPeak(requests: number, flags: readonly string[]): Promise<MemoryPeak> {
  await using database = await testDatabase();
  await using manager = new DatabaseManager("SurveyHub", { target: database.target });
  await migrateRequests(manager);
  const { sql } = database;
  await sql`insert into "DataRequestType" select n, 'Type ' || n, '/in', '/out'
    from generate_series(1, 5) n`;
  await sql`insert into "DataRequest" ("DistrictID", "DataRequestTypeID", "ImportedFileName",
      "Status", "RequestTime")
    select 1 + n / 5, 1 + n % 5, 'file_' || n || '.csv', 4, now()
    from generate_series(0, ${requests - 1}) n`;
  await sql`vacuum analyze "DataRequest"`;
  const mebibytes = await peakOf("find-requests", flags, {
    DEVELOPMENT_GLOBAL_SURVEYHUB_CONNECTION_STRING: database.url,
  });
  return { requests, mebibytes };
}

async function restorePeak(requests: number): Promise<MemoryPeak> {
  await using server = await embeddedSftpServer();
  await using scratch = await temporaryFolder("requests-memory");
  await using database = await testDatabase();
  await using manager = new DatabaseManager("SurveyHub", { target: database.target });
  await migrateRequests(manager);
  const { sql } = database;
  await sql`insert into "DataRequestType" values
    (1, 'SAT', ${server.remotePath("in")}, ${server.remotePath("processed")})`;
  await sql`insert into "DataRequest" ("RequestID", "DistrictID", "DataRequestTypeID",
      "ImportedFileName")
    select n, 1, 1, 'file_' || n || '.csv' from generate_series(1, ${requests}) n`;
  for (const folder of ["in", "processed"]) await Deno.mkdir(join(server.root, folder));
  for (let id = 1; id <= requests; id++) {
    await Deno.writeTextFile(join(server.root, "processed", `file_${id}.csv`), "x".repeat(100));
  }
  const idsFile = join(scratch.path, "ids");
  await Deno.writeTextFile(idsFile, Array.from({ length: requests }, (_, n) => n + 1).join("\n"));
  const args = ["--file", idsFile, "--temp-dir", scratch.path, "--yes", "--quiet"];
  const mebibytes = await peakOf("restore-files", args, {
    OPSDECK_HOME: scratch.path,
    DEVELOPMENT_GLOBAL_SURVEYHUB_CONNECTION_STRING: database.url,
    ...sftpEnvironment(server),
  });
  return { requests, mebibytes };
}

/** Runs a script and looks at what Linux says of its memory until it ends. */
async function peakOf(
  name: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--allow-all", scriptPath(name), ...args],
    env: { ...env, DENO_DIR: packageFolder() },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let peakKib = 0;
  const timer = setInterval(() => peakKib = readPeak(child.pid) ?? peakKib, 10);
  try {
    await child.stdout.pipeTo(new WritableStream());
    const { code } = await child.status;
    if (code !== 0) throw new Error(`Cannot measure ${name} as it ended with ${code}`);
  } finally {
    clearInterval(timer);
  }
  return peakKib / 1024;
}

function readPeak(pid: number): number | undefined {
  try {
    const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`)) ?? [];
    return kib === undefined ? undefined : Number(kib);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined; // it has ended
    throw error;
  }
}
