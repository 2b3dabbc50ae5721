/**
 * Eight processes update one CSV and are killed with SIGKILL at random, round after round: `deno
 * task chaos:csv [--rounds N] [--rows N] [--seed N]`. Between rounds the journal may get a torn
 * end, and another program may move, add and delete rows or add a column. At the end every
 * acknowledged update must be in the CSV, nothing that nobody did, and every byte that is not
 * opsdeck's must be as it was.
 */

import { parseArgs } from "node:util";
import { fromFileUrl, join } from "@std/path";
import { ensureTrackingColumns, trackingColumns } from "../../lib/downloads/mod.ts";
import { csvRows, splitCsv, withoutColumns } from "../support/raw_csv.ts";
import { type SeededRandom, seededRandom } from "../support/seeded_random.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

/** How long and how hard a chaos run is. */
export interface CsvChaosOptions {
  rounds: number;
  rows: number;
  processes: number;
  /** How many updates a round waits for before the last process is killed. */
  updatesPerRound: number;
  seed?: number | undefined;
  say?: (text: string) => void;
}

/** What a chaos run went through. */
export interface CsvChaosReport {
  acknowledged: number;
  kills: number;
  edits: number;
  /** Rounds that ended with changes in the journal. */
  journalsLeft: number;
  /** Rounds that ended with a half-written replacement of the CSV. */
  foldsCut: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const worker = fromFileUrl(new URL("../downloads/tracker_worker.ts", import.meta.url));
const config = fromFileUrl(new URL("../../deno.json", import.meta.url));

/** Runs the rounds and accounts for everything; throws when something is lost, torn or made up. */
export async function runCsvChaos(options: CsvChaosOptions): Promise<CsvChaosReport> {
  const { rounds, rows, processes, say = () => {} } = options;
  const random = seededRandom(options.seed);
  say(`Seed ${random.seed}: the same choices again with --seed ${random.seed}`);
  await using folder = await temporaryFolder("csv-chaos");
  const path = join(folder.path, "output.csv");
  await Deno.writeTextFile(path, weirdCsv(rows, random));
  await ensureTrackingColumns(path);
  let foreign = withoutColumns(await read(path), trackingColumns);
  const acknowledged = new Map<string, string>();
  const report = { acknowledged: 0, kills: 0, edits: 0, journalsLeft: 0, foldsCut: 0 };

  for (let round = 0; round < rounds; round++) {
    const crew = Array.from(
      { length: processes },
      (_, place) =>
        startWorker(path, `w${round}x${place}`, rows, random.integer(0, 2 ** 31), acknowledged),
    );
    const wanted = acknowledged.size + random.integer(1, options.updatesPerRound);
    await Promise.all(crew.map(({ ready }) => ready));
    while (acknowledged.size < wanted) await Promise.race(crew.map((one) => one.next()));
    for (const { process } of crew.toSorted(() => random.next() - 0.5)) {
      await new Promise((resolve) => setTimeout(resolve, random.integer(0, 40)));
      process.kill("SIGKILL");
      report.kills++;
    }
    await Promise.all(crew.map(({ ended }) => ended));
    const names = [...Deno.readDirSync(folder.path)].map(({ name }) => name);
    if (names.includes("output.csv.journal")) {
      report.journalsLeft++;
      if (random.next() < 0.3) tearJournal(`${path}.journal`, random);
    }
    if (names.some((name) => name.endsWith(".tmp"))) report.foldsCut++;
    assertWhole(withoutColumns(await read(path), trackingColumns), foreign, `round ${round}`);
    if (random.next() < 0.5) {
      report.edits++;
      await Deno.writeTextFile(path, edited(await read(path), random));
      foreign = withoutColumns(await read(path), trackingColumns);
    }
    say(`Round ${round + 1}: ${acknowledged.size} updates acknowledged`);
  }

  await ensureTrackingColumns(path); // folds what is left
  const text = await read(path);
  assertWhole(withoutColumns(text, trackingColumns), foreign, "the end");
  assertAccounts(text, acknowledged);
  report.acknowledged = acknowledged.size;
  return report;
}

/** Every acknowledged file is listed in its row; each other one was on its way when a kill came. */
function assertAccounts(text: string, acknowledged: ReadonlyMap<string, string>): void {
  const listed = new Map<string, string>();
  for (const row of csvRows(text)) {
    const files = (row.youtube_files ?? "").split(",").filter((name) => name !== "");
    for (const file of files) listed.set(file, row.row_id ?? "");
    const isPlain = files.length === 0 || row.youtube_status === "completed" ||
      row.youtube_status === "failed" || row.youtube_status === "downloading";
    if (!isPlain) throw new Error(`Row ${row.row_id} says "${row.youtube_status}" after updates`);
  }
  const lost = [...acknowledged].filter(([file, row]) => listed.get(file) !== row);
  if (lost.length > 0) throw new Error(`${lost.length} updates were lost: ${lost.slice(0, 5)}`);
  const lastOfWorker = new Map<string, number>();
  for (const file of acknowledged.keys()) {
    const { name, number } = parseFile(file);
    lastOfWorker.set(name, Math.max(number, lastOfWorker.get(name) ?? -1));
  }
  const perWorker = new Map<string, number>();
  for (const file of listed.keys()) {
    if (acknowledged.has(file)) continue;
    const { name, number } = parseFile(file);
    perWorker.set(name, (perWorker.get(name) ?? 0) + 1);
    const isLater = number > (lastOfWorker.get(name) ?? -1);
    if (!isLater || perWorker.get(name) !== 1) throw new Error(`Nobody was at ${file}`);
  }
}

function parseFile(file: string): { name: string; number: number } {
  const [name = "", number = ""] = file.replace(/\.bin$/, "").split("-");
  return { name, number: Number(number) };
}

function assertWhole(actual: string, expected: string, when: string): void {
  if (actual === expected) return;
  let at = 0;
  while (actual[at] === expected[at]) at++;
  const show = (text: string) => JSON.stringify(text.slice(Math.max(0, at - 40), at + 40));
  throw new Error(`Other bytes at ${when}, from ${at}: ${show(actual)}, not ${show(expected)}`);
}

function startWorker(
  path: string,
  name: string,
  rows: number,
  seed: number,
  acknowledged: Map<string, string>,
) {
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-q", "--no-lock", `--config=${config}`, "-A", worker],
      ...[path, name, String(rows), String(seed), "8192"],
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const ready = Promise.withResolvers<void>();
  let changed = Promise.withResolvers<void>();
  const ended = (async () => {
    let rest = "";
    for await (const chunk of process.stdout) {
      const lines = (rest + decoder.decode(chunk)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const [row = "", file] = line.split(" ");
        if (file === undefined) ready.resolve();
        else acknowledged.set(file, row);
      }
      changed.resolve();
      changed = Promise.withResolvers();
    }
    const { signal } = await process.status;
    const error = new Error(`Worker ${name} ended by itself: see above`);
    ready.reject(error);
    if (signal !== "SIGKILL") throw error;
    changed.resolve();
  })();
  ended.catch(() => {});
  ready.promise.catch(() => {});
  return {
    process,
    ready: ready.promise,
    ended,
    next: () => Promise.race([changed.promise, ended]),
  };
}

/** Leaves what a write leaves that was cut off: a line without its end. */
function tearJournal(path: string, random: SeededRandom): void {
  const line = `0badc0de ${random.integer(2, 99)} {"row":"r0","type":"INFJ","cells":{"youtube_st`;
  using file = Deno.openSync(path, { append: true });
  file.writeSync(encoder.encode(line.slice(0, random.integer(1, line.length))));
}

function weirdCsv(rows: number, random: SeededRandom): string {
  const ends = ["\r\n", "\n"];
  const notes = [
    '"two\nlines"',
    '"with ""quotes"", and commas"',
    "plain  ",
    '"needless"',
    "",
    "é😀",
  ];
  let text = "\ufeffname,row_id,note,type,email,youtube_playlist,google_drive,last\r\n";
  for (let row = 0; row < rows; row++) {
    const type = row % 2 === 0 ? "INFJ" : '"ENTP"';
    const note = random.choose(notes);
    const end = row === rows - 1 ? "" : random.choose(ends);
    text += `Name ${row},r${row},${note},${type},p@x.org,https://y.example/${row},, x ${end}`;
  }
  return text;
}

/** What a person does in a spreadsheet: rows moved, one added, the added ones deleted, a column. */
function edited(text: string, random: SeededRandom): string {
  const [header, ...rows] = splitCsv(text);
  if (header === undefined) throw new Error("The CSV is empty");
  const kept = rows.filter(({ cells }) => cells[1]?.startsWith("new") !== true)
    .map((row) => ({ ...row, end: row.end === "" ? "\n" : row.end }));
  const from = random.integer(0, kept.length - 1);
  const moved = kept.splice(from, random.integer(1, 50));
  kept.splice(random.integer(0, kept.length), 0, ...moved);
  const width = header.cells.length;
  const cells = Array.from({ length: width }, (_, field) => field === 1 ? `new${from}` : "");
  kept.push({ cells, end: "\r\n" });
  const addsColumn = width < 20 && random.next() < 0.3;
  return [header, ...kept].map((row, place) => {
    const added = addsColumn ? [place === 0 ? `extra ${width}` : '"e,"'] : [];
    return [...row.cells, ...added].join(",") + row.end;
  }).join("");
}

async function read(path: string): Promise<string> {
  return decoder.decode(await Deno.readFile(path));
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "200" },
      rows: { type: "string", default: "100000" },
      seed: { type: "string" },
    },
  });
  const report = await runCsvChaos({
    rounds: Number(values.rounds),
    rows: Number(values.rows),
    processes: 8,
    updatesPerRound: 400,
    seed: values.seed === undefined ? undefined : Number(values.seed),
    say: (text) => Deno.stdout.writeSync(encoder.encode(`${text}\n`)),
  });
  Deno.stdout.writeSync(encoder.encode(`${JSON.stringify(report)}\n`));
}
