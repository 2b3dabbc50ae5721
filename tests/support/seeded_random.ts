/** Random choices that can be made again. */

/** Makes choices from a seed. */
export interface SeededRandom {
  /** What to give {@link seededRandom} to have the same choices again. */
  readonly seed: number;
  /** A number from 0 to 1, 1 left out. */
  next(): number;
  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number;
  /** One of the items; undefined when there is none. */
  choose<T>(items: readonly T[]): T | undefined;
}

/** Makes a generator; without a seed, another one each time. */
export function seededRandom(seed: number = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) {
  let state = seed >>> 0;
  // Mulberry32, by Tommy Ettinger, in the public domain.
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const random: SeededRandom = {
    seed: seed >>> 0,
    next,
    integer: (min, max) => min + Math.floor(next() * (max - min + 1)),
    choose: (items) => items[Math.floor(next() * items.length)],
  };
  return random;
}
