/** Counting what has arrived. */

import type { TransferProgress } from "./transfer_options.ts";

/** Counts the bytes of one file. */
export interface FileCounter {
  /** Counts more of them. */
  add(bytes: number): void;
  /** Takes back what was counted: the file begins again. */
  restart(): void;
}

/** Counts files and their bytes, and tells after each change. */
export class ProgressCount {
  readonly #progress: TransferProgress;
  readonly #tell: ((progress: TransferProgress) => void) | undefined;

  /** Begins with nothing. */
  constructor(filesTotal: number, tell: ((progress: TransferProgress) => void) | undefined) {
    this.#progress = { bytes: 0, filesDone: 0, filesFailed: 0, filesTotal };
    this.#tell = tell;
  }

  /** Begins to count a file. */
  file(): FileCounter {
    let counted = 0;
    return {
      add: (bytes) => {
        counted += bytes;
        this.#progress.bytes += bytes;
        this.#changed();
      },
      restart: () => {
        this.#progress.bytes -= counted;
        counted = 0;
      },
    };
  }

  /** Counts a file that is there. */
  done(): void {
    this.#progress.filesDone++;
    this.#changed();
  }

  /** Counts a file that is given up. */
  failed(): void {
    this.#progress.filesFailed++;
    this.#changed();
  }

  #changed(): void {
    this.#tell?.({ ...this.#progress });
  }
}
