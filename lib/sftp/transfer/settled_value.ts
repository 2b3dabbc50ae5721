/** The value of a promise that has settled, or what it was rejected with. */
export function settledValue<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === "rejected") throw settled.reason;
  return settled.value;
}
