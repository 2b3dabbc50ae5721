/**
 * Uses a cache as hard as it can, for the tests: sets, reads and removes at random in the file
 * named first, with the seed named second, for as many rounds as the third says. It prints a line
 * with every hundredth round, and what it counted at the end.
 */

import { JiraCache } from "../../lib/jira/mod.ts";
import { seededRandom } from "../support/seeded_random.ts";

const [path = "", seed = "1", rounds = "1000"] = Deno.args;
const random = seededRandom(Number(seed));
const counted = { hits: 0, misses: 0, wrong: 0 };

using cache = new JiraCache({ path, maxBytes: 60_000, touchAfterMs: 5, busyTimeoutMs: 30_000 });
for (let round = 1; round <= Number(rounds); round++) {
  const key = `K-${random.integer(1, 200)}`;
  const choice = random.integer(1, 100);
  if (choice <= 60) {
    const value = cache.get(key, "issue");
    if (value === null) counted.misses++;
    else counted.hits++;
    // A value names its key and its length, so that no other can be taken for it.
    if (value !== null && !isValueOf(value, key)) counted.wrong++;
  } else if (choice <= 85) {
    cache.set(key, valueOf(key), "issue");
  } else if (choice <= 95) {
    const keys = [key, `${key}0`, `${key}1`];
    cache.setMany(keys.map((one) => [one, valueOf(one)]), "issue");
  } else {
    cache.invalidate(choice <= 97 ? { key } : { pattern: `${key}*` });
  }
  if (round % 100 === 0) Deno.stdout.writeSync(new TextEncoder().encode(`${round}\n`));
}
cache.close();
Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(counted)}\n`));

function valueOf(key: string) {
  const length = random.integer(1, 1500);
  return { key, length, text: "x".repeat(length) };
}

function isValueOf(value: unknown, key: string): boolean {
  const { key: named, length, text } = Object(value);
  return named === key && text.length === length;
}
