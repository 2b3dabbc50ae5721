import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { OpsdeckError } from "../../lib/core/mod.ts";
import {
  CsvTracker,
  ensureTrackingColumns,
  getDownloadStatusSummary,
  getPendingDownloads,
  updateCsvDownloadStatus,
  validateCsvIntegrity,
} from "../../lib/downloads/mod.ts";
import { optionalTool } from "../support/optional_tool.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { header, readCsv, rowContext, rowOf, success, threeRows, writeCsv } from "./tracker_csv.ts";

const good = "1,INFJ,Ann,a@x.org,https://y.example/1,";

interface BadCsv {
  content: string | Uint8Array;
  line: number;
  column: number;
  says: string;
  code?: string;
  /** Readers that look at no ids take it. */
  readable?: boolean;
}

const badCsvs: Record<string, BadCsv> = {
  "no file content": { content: "", line: 1, column: 1, says: "empty" },
  "only blank lines": { content: "\ufeff\r\n\n", line: 1, column: 1, says: "empty" },
  "a column missing": {
    content: "row_id,type,name,youtube_playlist\n1,T,N,u\n",
    line: 1,
    column: 1,
    says: 'no column "email"',
  },
  "no address column": {
    content: "row_id,type,name,email\n1,T,N,E\n",
    line: 1,
    column: 1,
    says: '"youtube_playlist" or "google_drive"',
  },
  "a column twice": {
    content: `${header},type\n${good},x\n`,
    line: 1,
    column: 54,
    says: '"type" twice',
  },
  semicolons: {
    content: `${header.replaceAll(",", ";")}\n`,
    line: 1,
    column: 1,
    says: 'separated by ";"',
  },
  "a row too short": { content: `${header}\n${good}\n2,T\n`, line: 3, column: 1, says: "2 fields" },
  "a row too long": {
    content: `${header}\n"${"\n"}",INFJ,A,E,,\n${good},\n`,
    line: 4,
    column: 1,
    says: "7 fields",
  },
  "an open quote": {
    content: `${header}\n${good}\n2,T,"N,E,,\n3,T,N,E,,\n`,
    line: 3,
    column: 5,
    says: "never closed",
  },
  "a quote in a plain cell": {
    content: `${header}\n2,T,5" disk,E,,\n`,
    line: 2,
    column: 6,
    says: "does not begin with one",
  },
  "text after a quote": {
    content: `${header}\n2,T,"é"x,E,,\n`,
    line: 2,
    column: 8,
    says: "closing quote",
  },
  "a lone carriage return": {
    content: `${header}\r${good}\r`,
    line: 1,
    column: header.length + 1,
    says: "carriage return",
  },
  "UTF-16": {
    content: new Uint8Array([0xff, 0xfe, 0x72, 0, 0x6f, 0]),
    line: 1,
    column: 1,
    says: "UTF-16",
  },
  "UTF-16 without a mark": {
    content: new Uint8Array([0x72, 0, 0x6f, 0, 0x77, 0]),
    line: 1,
    column: 1,
    says: "UTF-16",
  },
  "Latin-1": {
    content: latin1(`${header}\n${good}\n2,T,Zo\xeb,E,,\n`),
    line: 3,
    column: 7,
    says: "not UTF-8",
  },
  "an id twice": {
    content: `${header}\n${good}\n2,T,N,E,,\n"1",T,N,E,,\n`,
    line: 4,
    column: 1,
    says: 'the row_id "1" is also that of row 1',
    code: "DATA_CORRUPTION",
    readable: true,
  },
  "no id": {
    content: `${header}\n${good}\n" ",T,N,E,,\n`,
    line: 3,
    column: 1,
    says: "no row_id",
    code: "DATA_CORRUPTION",
    readable: true,
  },
};

for (const [name, bad] of Object.entries(badCsvs)) {
  Deno.test(`The tracker refuses a CSV with ${name}, says where, and changes nothing`, async () => {
    await using folder = await temporaryFolder("tracker-refusals");
    const path = await writeCsv(folder, bad.content);
    const before = await Deno.readFile(path);
    const row = rowContext("1", "INFJ");

    const uses: Record<string, () => Promise<unknown>> = {
      open: () => CsvTracker.open(path),
      ensure: () => ensureTrackingColumns(path),
      update: () => updateCsvDownloadStatus(0, "youtube", success(row), path),
      ...(bad.readable ? {} : {
        summary: () => getDownloadStatusSummary(path),
        pending: () => getPendingDownloads(path),
      }),
    };
    for (const [use, run] of Object.entries(uses)) {
      const error = await assertRejects(run, OpsdeckError, bad.says);
      assertEquals([use, error.code, error.context.line, error.context.column], [
        use,
        bad.code ?? "CSV_INVALID",
        bad.line,
        bad.column,
      ]);
      assertMatch(error.message, new RegExp(`at line ${bad.line}, column ${bad.column} as `));
      assertEquals(error.exitCode, 1);
    }
    const [found] = await validateCsvIntegrity(path);
    assert(found?.message.includes(bad.says), found?.message);
    assertEquals(await Deno.readFile(path), before);
    assertEquals([...Deno.readDirSync(folder.path)].map((one) => one.name).sort(), [
      "output.csv",
      "output.csv.lock",
    ]);
  });
}

Deno.test("The tracker takes a CSV with a header and no rows", async () => {
  await using folder = await temporaryFolder("tracker-refusals");
  const path = await writeCsv(folder, header);

  assertEquals(await ensureTrackingColumns(path), true);
  assertEquals(await getPendingDownloads(path), []);
  assertEquals((await getDownloadStatusSummary(path)).total_rows, 0);
  assertEquals(await validateCsvIntegrity(path), []);
});

Deno.test("The tracker refuses what is not there or no file", async () => {
  await using folder = await temporaryFolder("tracker-refusals");
  const missing = join(folder.path, "none.csv");

  for (const use of [CsvTracker.open, ensureTrackingColumns, getDownloadStatusSummary]) {
    const error = await assertRejects(() => use(missing), OpsdeckError, missing);
    assertEquals(error.code, "ENOENT");
    await assertRejects(() => use(folder.path), OpsdeckError, "not a file");
  }
  assertEquals((await validateCsvIntegrity(missing))[0]?.category, "FILE_IO");
});

Deno.test("The tracker refuses a read-only CSV and still reads it", async () => {
  await using folder = await temporaryFolder("tracker-refusals");
  const path = await writeCsv(folder, threeRows);
  await Deno.chmod(path, 0o444);

  const error = await assertRejects(() => CsvTracker.open(path), OpsdeckError, path);

  assertEquals(error.category, "PERMISSION");
  assertEquals((await getDownloadStatusSummary(path)).total_rows, 3);
  assertEquals(await readCsv(path), threeRows);
});

Deno.test("The tracker loses nothing when the disk is full", optionalTool("bash"), async () => {
  // A limit on the size of a file stops writes in the middle, as a full disk does.
  await using folder = await temporaryFolder("tracker-refusals");
  const rows = Array.from({ length: 300 }, (_, row) => `r${row},INFJ,N,E,https://y/${row},`);
  const path = await writeCsv(
    folder,
    [header, ...rows].join("\n").replaceAll(/(\d*[13579]),INFJ/g, "$1,ENTP"),
  );
  await ensureTrackingColumns(path);
  const before = await readCsv(path);
  const worker = fromFileUrl(new URL("tracker_worker.ts", import.meta.url));
  const config = fromFileUrl(new URL("../../deno.json", import.meta.url));

  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: [
      "-c",
      `trap '' XFSZ; ulimit -f 8; exec "$0" run -q -A --no-lock --config="$1" "$2" "$3" w 300 1 0 0`,
      ...[Deno.execPath(), config, worker, path],
    ],
  }).output();
  const acknowledged = new TextDecoder().decode(stdout).trim().split("\n").slice(1);

  assertEquals(code, 1);
  assertMatch(new TextDecoder().decode(stderr), /FileOperationError: Cannot write/);
  assert(acknowledged.length > 10, "too few updates fitted");
  assertEquals(await readCsv(path), before);
  await ensureTrackingColumns(path);
  for (const line of acknowledged) {
    const [row = "", file = ""] = line.split(" ");
    assert((await rowOf(path, row)).youtube_files?.split(",").includes(file), line);
  }
});

Deno.test("The tracker needs no permission but those of the CSV's folder", async () => {
  await using folder = await temporaryFolder("tracker-refusals");
  const path = await writeCsv(folder, `${header}\nr0,INFJ,N,E,https://y/0,\n`);
  const worker = fromFileUrl(new URL("tracker_worker.ts", import.meta.url));
  const config = fromFileUrl(new URL("../../deno.json", import.meta.url));
  const run = async (read: string) => {
    const permissions = [`--allow-read=${read}`, `--allow-write=${folder.path}`, "--ignore-env"];
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-q", "--no-prompt", "--no-lock", `--config=${config}`, ...permissions],
        ...[worker, path, "w", "1", "1", "0", "20"],
      ],
    }).output();
    return { code, stderr: new TextDecoder().decode(stderr) };
  };

  assertEquals(await run(folder.path), { code: 0, stderr: "" });
  const refused = await run("/nowhere");

  assertEquals(refused.code, 1);
  assertMatch(refused.stderr, /ConfigurationError: .*--allow-read/);
});

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}
