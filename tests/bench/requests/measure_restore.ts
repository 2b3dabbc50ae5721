/** How long it takes to put many small files back on one server. */

import { join } from "@std/path";
import { DatabaseManager } from "../../../lib/database/mod.ts";
import { migrateRequests } from "../../../lib/requests/mod.ts";
import { opensshServer } from "../../support/openssh_server.ts";
import { testDatabase } from "../../support/postgres_server.ts";
import { packageFolder } from "../../support/run_script.ts";
import { temporaryFolder } from "../../support/temporary_folder.ts";
import { benchFiles } from "../sftp/bench_files.ts";
import { type CopyJob, restoreContenders } from "./restore_contenders.ts";

const fileBytes = 20 * 1024;

/** What is measured. */
export interface RestoreLoad {
  files: number;
  rounds: number;
  /** Whether the server copies by itself. */
  hasCopyData: boolean;
}

/** Gives the seconds of every round, by program; programs that are missing are left out. */
export async function measureRestore(load: RestoreLoad): Promise<Record<string, number[]>> {
  const { files, rounds, hasCopyData } = load;
  await using server = await opensshServer({
    settings: hasCopyData ? [] : ["Match all", "ForceCommand internal-sftp -P copy-data"],
  });
  await using memory = benchFiles();
  await using scratch = await temporaryFolder("requests-bench");
  await using database = await testDatabase();
  const from = join(memory.root, "processed");
  const to = join(memory.root, "in");
  await Deno.mkdir(from);
  for (let id = 1; id <= files; id++) {
    const content = crypto.getRandomValues(new Uint8Array(fileBytes));
    await Deno.writeFile(join(from, `file_${id}.csv`), content);
  }
  await using manager = new DatabaseManager("SurveyHub", { target: database.target });
  await migrateRequests(manager);
  await database.sql`insert into "DataRequestType" values (1, 'SAT', ${to}, ${from})`;
  await database.sql`insert into "DataRequest" ("RequestID", "DistrictID", "DataRequestTypeID",
    "ImportedFileName") select n, 1, 1, 'file_' || n || '.csv' from generate_series(1, ${files}) n`;
  const idsFile = join(scratch.path, "ids");
  await Deno.writeTextFile(idsFile, Array.from({ length: files }, (_, n) => n + 1).join("\n"));
  const job = { server, from, to, scratch: scratch.path, databaseUrl: database.url, idsFile };

  const seconds: Record<string, number[]> = {};
  for (let round = 0; round < rounds; round++) {
    for (const name of Object.keys(restoreContenders)) {
      const taken = await runOnce(name, job, files);
      if (taken !== undefined) (seconds[name] ??= []).push(taken);
    }
  }
  return seconds;
}

async function runOnce(name: string, job: CopyJob, files: number): Promise<number | undefined> {
  const invocation = restoreContenders[name]?.(job);
  if (invocation === undefined) return undefined;
  await Deno.remove(job.to, { recursive: true }).catch(() => {});
  await Deno.mkdir(job.to);
  const [program = "", ...args] = invocation.command;
  const startedAt = performance.now();
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    env: { ...invocation.env, DENO_DIR: packageFolder() },
    stdin: "null",
  }).output();
  const taken = (performance.now() - startedAt) / 1000;
  const copied = [...Deno.readDirSync(job.to)].filter(({ name }) => name.endsWith(".csv"));
  const isWhole = copied.every(({ name }) =>
    Deno.statSync(join(job.to, name)).size === fileBytes && !name.startsWith(".")
  );
  if (code === 0 && copied.length === files && isWhole) return taken;
  const said = new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout).slice(-2000);
  throw new Error(`Cannot measure ${name} as it copied ${copied.length} of ${files}: ${said}`);
}
