/** Opens an input of records and reads it by its format. */

import { FileOperationError, ValidationError } from "../../core/mod.ts";
import { maxPayloadBytes } from "../queue_record.ts";
import { readCsv } from "./csv_records.ts";
import type { ByteSource, InputItem } from "./input_item.ts";
import { readJsonArray } from "./json_array_records.ts";
import { readNdjson } from "./ndjson_records.ts";

/** The formats of record files. */
export const recordFormats = ["csv", "json", "ndjson"] as const;

/** One of {@link recordFormats}. */
export type RecordFormat = typeof recordFormats[number];

/** An open input of records. */
export interface RecordInput extends AsyncDisposable {
  /** The records and problems, in order. */
  items: AsyncIterable<InputItem>;
  /** Bytes in all, when known. */
  totalBytes: number | undefined;
  /** Bytes read so far. */
  bytesRead(): number;
}

/** How to open an input of records. */
export interface RecordInputOptions {
  /** A path; without it, standard input is read. */
  path?: string;
  /** The format; without it, by the file's name, else by its first character. */
  format?: RecordFormat;
  /** Ends the input early, in the middle of a wait for standard input too. */
  signal?: AbortSignal;
}

/**
 * Opens a file of records, or standard input.
 *
 * `.csv`, `.ndjson` and `.jsonl` tell the format by the name; else `[` begins a JSON array, `{`
 * begins NDJSON, and anything else is CSV.
 *
 * @throws FileOperationError when the file cannot be opened.
 */
export async function openRecords(options: RecordInputOptions): Promise<RecordInput> {
  const file = options.path === undefined ? undefined : await openFile(options.path);
  const totalBytes = file ? (await file.stat()).size : undefined;
  let bytesRead = 0;
  const stream = file?.readable ?? Deno.stdin.readable;
  const closing = new AbortController();
  const signal = AbortSignal.any([closing.signal, ...(options.signal ? [options.signal] : [])]);
  const source = readChunks(stream, signal, (count) => bytesRead += count);

  return {
    items: readItems(source, options),
    totalBytes,
    bytesRead: () => bytesRead,
    async [Symbol.asyncDispose]() {
      // Whoever still waits for input that may never come must not be waited for.
      closing.abort();
      // A generator that never ran does not reach its own end, and the file would stay open.
      await source.next().catch(() => {});
    },
  };
}

async function openFile(path: string): Promise<Deno.FsFile> {
  try {
    const file = await Deno.open(path);
    if ((await file.stat()).isDirectory) {
      file.close();
      throw new FileOperationError(`Cannot read records from "${path}" as it is a folder`);
    }
    return file;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new FileOperationError(`Cannot read records from "${path}" as there is no such file`);
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      throw new FileOperationError(`Cannot read records from "${path}" as it may not be opened`);
    }
    throw error;
  }
}

async function* readChunks(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  onBytes: (count: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = stream.getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", cancel, { once: true });
  try {
    while (true) {
      signal.throwIfAborted();
      const { done, value } = await reader.read();
      if (done) break;
      onBytes(value.length);
      yield value;
    }
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener("abort", cancel);
    await reader.cancel();
  }
}

async function* readItems(
  source: AsyncGenerator<Uint8Array>,
  options: RecordInputOptions,
): AsyncGenerator<InputItem> {
  const format = options.format ?? formatOfName(options.path);
  if (format !== undefined) {
    yield* readerOf(format)(source, maxPayloadBytes);
    return;
  }
  const head: Uint8Array[] = [];
  for await (const chunk of takeUntilText(source)) head.push(chunk);
  const first = firstCharacter(head);
  if (first === undefined) throw new ValidationError("Cannot read records as the input is empty");
  const found = first === "[" ? "json" : first === "{" ? "ndjson" : "csv";
  yield* readerOf(found)(chain(head, source), maxPayloadBytes);
}

function readerOf(format: RecordFormat): (s: ByteSource, max: number) => AsyncGenerator<InputItem> {
  if (format === "csv") return readCsv;
  return format === "json" ? readJsonArray : readNdjson;
}

function formatOfName(path: string | undefined): RecordFormat | undefined {
  const extension = path?.toLowerCase().split(".").at(-1);
  if (extension === "csv") return "csv";
  return extension === "ndjson" || extension === "jsonl" ? "ndjson" : undefined;
}

/** Takes chunks until one holds something besides blanks; the generator itself stays open. */
async function* takeUntilText(source: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  while (true) {
    const next = await source.next();
    if (next.done) return;
    yield next.value;
    if (firstCharacter([next.value]) !== undefined) return;
  }
}

function firstCharacter(chunks: readonly Uint8Array[]): string | undefined {
  for (const chunk of chunks) {
    const text = new TextDecoder().decode(chunk).replace(/^\uFEFF/, "").trimStart();
    if (text !== "") return text[0];
  }
  return undefined;
}

async function* chain(
  head: Uint8Array[],
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* head;
  yield* rest;
}
