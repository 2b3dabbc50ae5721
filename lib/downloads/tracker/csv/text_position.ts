/** From bytes of a file to lines and columns, as editors count them. */

/** A place in a text; both count from 1. */
export interface TextPosition {
  /** The line. Lines end with a line feed, inside quotes too. */
  line: number;
  /** The character of that line; a byte order mark is none. */
  column: number;
}

const lineFeed = 0x0a;
const chunkBytes = 1 << 20;

/** Finds the positions of bytes in one pass; they must come in ascending order. */
export class PositionFinder {
  readonly #file: Deno.FsFile;
  readonly #buffer = new Uint8Array(chunkBytes);
  #done = 0;
  #line = 1;
  #lineStart = 0;

  /** Reads from a file that stays open and whose own position is lost. */
  constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /** Gives the line and column of a byte. */
  async find(offset: number): Promise<TextPosition> {
    await this.#file.seek(this.#done, Deno.SeekMode.Start);
    while (this.#done < offset) {
      const wanted = Math.min(offset - this.#done, this.#buffer.length);
      const count = await this.#file.read(this.#buffer.subarray(0, wanted));
      if (count === null) break;
      this.#countLines(this.#buffer.subarray(0, count));
    }
    return { line: this.#line, column: await this.#columnOf(offset) };
  }

  #countLines(bytes: Uint8Array): void {
    for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) {
      this.#line++;
      this.#lineStart = this.#done + at + 1;
    }
    this.#done += bytes.length;
  }

  async #columnOf(offset: number): Promise<number> {
    const before = offset - this.#lineStart;
    // A line this long is for no editor: its column counts bytes.
    if (before > chunkBytes) return before + 1;
    await this.#file.seek(this.#lineStart, Deno.SeekMode.Start);
    const bytes = this.#buffer.subarray(0, before);
    for (let done = 0; done < before;) {
      const count = await this.#file.read(bytes.subarray(done));
      if (count === null) break;
      done += count;
    }
    return [...new TextDecoder().decode(bytes)].length + 1;
  }
}
