/** The lines that yt-dlp prints: a letter and JSON, as its arguments ask for. */

/** Bytes are coming. */
export interface TransferLine {
  /** What kind of line it is. */
  kind: "transfer";
  /** How many bytes of the present file are there. */
  bytes: number;
  /** How many there will be, by count or by estimate; null when neither is known. */
  totalBytes: number | null;
  /** How fast they come; null when that is not known yet. */
  bytesPerSecond: number | null;
  /** How long the rest will take, in milliseconds; null when that is not known. */
  etaMs: number | null;
}

/** ffmpeg is at work. */
export interface ProcessingLine {
  /** What kind of line it is. */
  kind: "processing";
  /** Whether the step has ended. */
  isFinished: boolean;
}

/** A file is in its place. That alone is not a success: the exit code has to say so too. */
export interface FileLine {
  /** What kind of line it is. */
  kind: "file";
  /** Its path. */
  path: string;
  /** What is known of it: format, height, width, duration. */
  details: Record<string, unknown>;
}

/** One line of yt-dlp that tells something. */
export type YtdlpLine = TransferLine | ProcessingLine | FileLine;

/** Reads a line; undefined for one that tells nothing. */
export function parseYtdlpLine(line: string): YtdlpLine | undefined {
  const [, letter, json = ""] = /^([PQM]) (\{.*\})$/.exec(line.trim()) ?? [];
  if (letter === undefined) return undefined;
  const fields = parseObject(json);
  if (fields === undefined) return undefined;
  if (letter === "P") return transferLine(fields);
  if (letter === "Q") return { kind: "processing", isFinished: fields["status"] === "finished" };
  const { filepath, ...details } = fields;
  return typeof filepath === "string" ? { kind: "file", path: filepath, details } : undefined;
}

function transferLine(fields: Record<string, unknown>): TransferLine {
  const seconds = amount(fields["eta"]);
  return {
    kind: "transfer",
    bytes: amount(fields["downloaded_bytes"]) ?? 0,
    totalBytes: amount(fields["total_bytes"]) ?? amount(fields["total_bytes_estimate"]),
    bytesPerSecond: amount(fields["speed"]),
    etaMs: seconds === null ? null : seconds * 1000,
  };
}

function amount(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null;
}

function parseObject(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
