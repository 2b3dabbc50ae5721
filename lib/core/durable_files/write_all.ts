/** Writing bytes to the last one. */

/** Writes all bytes at a file's position: one write may take only a part of them. */
export async function writeAll(file: Deno.FsFile, data: Uint8Array): Promise<void> {
  let done = 0;
  while (done < data.length) done += await file.write(data.subarray(done));
}
