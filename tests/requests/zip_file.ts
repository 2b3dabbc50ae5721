/** Small zip archives, right ones and wrong ones (PKWARE APPNOTE 4.3). */

import { crc32, deflateRawSync } from "node:zlib";

/** What the archive says of its members, in the place of what is true. */
export interface ZipLies {
  /** The checksum. */
  crc32?: number;
  /** The size before packing. */
  size?: number;
}

/** Makes an archive of files by name. */
export function zipOf(
  files: Record<string, string | Uint8Array>,
  lies: ZipLies = {},
): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const packed = deflateRawSync(bytes);
    const encoded = new TextEncoder().encode(name);
    const fields = [
      [2, 20],
      [2, 0],
      [2, 8],
      [4, 0],
      [4, lies.crc32 ?? crc32(bytes)],
      [4, packed.length],
      [4, lies.size ?? bytes.length],
      [2, encoded.length],
      [2, 0],
    ] as const;
    const local = [record(0x04034b50, fields), encoded, packed];
    directory.push(
      record(0x02014b50, [[2, 20], ...fields, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]]),
      encoded,
    );
    parts.push(...local);
    offset += sum(local);
  }
  const size = sum(directory);
  const count = Object.keys(files).length;
  const end = record(0x06054b50, [[2, 0], [2, 0], [2, count], [2, count], [4, size], [4, offset], [
    2,
    0,
  ]]);
  return joined([...parts, ...directory, end]);
}

function record(
  signature: number,
  fields: readonly (readonly [bytes: 2 | 4, value: number])[],
): Uint8Array {
  const all = [[4, signature] as const, ...fields];
  const view = new DataView(new ArrayBuffer(all.reduce((sum, [bytes]) => sum + bytes, 0)));
  let at = 0;
  for (const [bytes, value] of all) {
    if (bytes === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += bytes;
  }
  return new Uint8Array(view.buffer);
}

function sum(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(sum(parts));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
