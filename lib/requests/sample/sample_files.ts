/** The files of the sample's latest requests, as an importer would have left them. */

import { join } from "@std/path";
import { gzipSync } from "node:zlib";
import { toFileError } from "../../core/mod.ts";
import { requestStatus } from "../request_row.ts";
import { sampleContent, sampleCopy, type SampleRequest, sampleTypes } from "./sample_data.ts";

/**
 * Writes them below `root`, and makes the empty directories to restore them to. Files that are
 * there are written anew.
 *
 * @returns how many files were written
 */
export async function writeSampleFiles(
  root: string,
  requests: readonly SampleRequest[],
  options: { signal?: AbortSignal | undefined } = {},
): Promise<number> {
  const types = new Map(sampleTypes.map((type) => [type.DataRequestTypeID, type]));
  let files = 0;
  for (const request of latest(requests)) {
    options.signal?.throwIfAborted();
    const type = types.get(request.DataRequestTypeID);
    if (type === undefined) continue;
    const place = (directory: string) =>
      join(root, directory.replaceAll("{DistrictID}", `${request.DistrictID}`));
    await makeFolder(place(type.SftpDirectory));
    await makeFolder(place(type.ProcessedDirectory));
    for (const [name, content] of copiesOf(request)) {
      await writeFile(join(place(type.ProcessedDirectory), name), content, request.RequestTime);
      files++;
    }
  }
  return files;
}

/** Gives the last that was imported, or failed to be, of each district and type. */
function latest(requests: readonly SampleRequest[]): SampleRequest[] {
  const last = new Map<string, SampleRequest>();
  for (const request of requests) {
    const { completed, failed } = requestStatus;
    if (request.Status !== completed && request.Status !== failed) continue;
    last.set(`${request.DistrictID} ${request.DataRequestTypeID}`, request);
  }
  return [...last.values()];
}

function copiesOf(request: SampleRequest): [name: string, content: Uint8Array][] {
  const content = new TextEncoder().encode(sampleContent(request));
  const { ImportedFileName: name } = request;
  const stamp = request.RequestTime.slice(0, 19).replace(/\D/g, "");
  const stamped = name.replace(/\.csv$/, `_${stamp}.csv`);
  switch (sampleCopy(request)) {
    case "plain":
      return [[name, content]];
    case "stamped":
      return [[stamped, content]];
    case "gz":
      return [[`${name}.gz`, gzipSync(content)]];
    case "several":
      return [[stamped, content], [`${name}.20260101`, content.slice(0, 100)]];
    case "missing":
      return [];
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (error) {
    throw toFileError(error, "create", path);
  }
}

async function writeFile(path: string, content: Uint8Array, time: string): Promise<void> {
  try {
    await Deno.writeFile(path, content);
    await Deno.utime(path, new Date(time), new Date(time));
  } catch (error) {
    throw toFileError(error, "write", path);
  }
}
