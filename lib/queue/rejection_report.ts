/** Telling which records of an input are rejected. */

/** The most rejected records that are named one by one. */
const maxNamed = 20;

/** Says which records are rejected: the first ones by name, the rest as a count. */
export function createRejectionReport(
  warn: (text: string) => void,
): { report(position: string, problem: string): void; finish(): void } {
  let count = 0;
  return {
    report(position, problem) {
      count++;
      if (count <= maxNamed) warn(`${position} is rejected: ${problem}`);
    },
    finish() {
      if (count > maxNamed) warn(`${count - maxNamed} more records are rejected`);
    },
  };
}
