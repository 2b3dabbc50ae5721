/** The part of a file that is there, and which version of the file it is a part of. */

import { join } from "@std/path";
import { toFileError, writeFileAtomic } from "../../core/mod.ts";
import { parseSourceVersion, type SourceVersion } from "../http_source/source_version.ts";

const partName = "content.part";
const noteName = "source.json";
const maxHeadBytes = 64 * 1024;

/** What is known of the file that a part belongs to. */
export interface PartNote {
  /** Its version. */
  version: SourceVersion;
  /** The name that Drive gives it; null when it gives none. */
  name: string | null;
  /** Whether Drive says in so many words that this is the file. */
  isNamedAsFile: boolean;
}

/** A part of a file in an attempt's folder. */
export class PartFile {
  /** Its path. */
  readonly path: string;
  readonly #notePath: string;

  /** Names the part in a folder; nothing is read or made. */
  constructor(folder: string) {
    this.path = join(folder, partName);
    this.#notePath = join(folder, noteName);
  }

  /** Gives how long the part is, and what it is a part of; undefined when there is nothing of use. */
  async look(): Promise<{ bytes: number; note: PartNote } | undefined> {
    const note = await this.#readNote();
    if (note === undefined) return undefined;
    try {
      return { bytes: (await Deno.stat(this.path)).size, note };
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw toFileError(error, "look at", this.path);
    }
  }

  /** Gives the beginning of the part as text. */
  async head(): Promise<string> {
    using file = await Deno.open(this.path);
    const block = new Uint8Array(maxHeadBytes);
    const count = await file.read(block);
    return new TextDecoder().decode(block.subarray(0, count ?? 0));
  }

  /** Begins a new part: the old one is gone before the note of the new one is there. */
  async begin(note: PartNote): Promise<void> {
    try {
      await Deno.writeFile(this.path, new Uint8Array());
    } catch (error) {
      throw toFileError(error, "write", this.path);
    }
    await writeFileAtomic(this.#notePath, JSON.stringify(note));
  }

  /** Adds to the part what `parts` gives; `onLength` gets to know every new length. */
  async append(
    parts: AsyncIterable<Uint8Array>,
    onLength: (bytes: number) => void,
  ): Promise<number> {
    using file = await this.#openForAppend();
    let bytes = (await file.stat()).size;
    for await (const part of parts) {
      await this.#write(file, part);
      bytes += part.length;
      onLength(bytes);
    }
    return bytes;
  }

  async #openForAppend(): Promise<Deno.FsFile> {
    try {
      return await Deno.open(this.path, { append: true });
    } catch (error) {
      throw toFileError(error, "open", this.path);
    }
  }

  async #write(file: Deno.FsFile, part: Uint8Array): Promise<void> {
    try {
      for (let done = 0; done < part.length;) done += await file.write(part.subarray(done));
    } catch (error) {
      throw toFileError(error, "write", this.path);
    }
  }

  async #readNote(): Promise<PartNote | undefined> {
    try {
      const value: unknown = JSON.parse(await Deno.readTextFile(this.#notePath));
      if (typeof value !== "object" || value === null) return undefined;
      const fields: Partial<Record<keyof PartNote, unknown>> = value;
      const version = parseSourceVersion(fields.version);
      if (version === undefined) return undefined;
      return {
        version,
        name: typeof fields.name === "string" ? fields.name : null,
        isNamedAsFile: fields.isNamedAsFile === true,
      };
    } catch {
      return undefined; // without it nothing is known of the part
    }
  }
}
