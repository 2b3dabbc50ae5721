/** The payload that every system carries: about 130 bytes of JSON. */

/** A customer's order. */
export interface SamplePayload extends Record<string, string | number> {
  order: number;
  customer: string;
  email: string;
  amount: number;
  note: string;
}

/** Makes payloads that differ in their numbers. */
export function samplePayloads(records: number): SamplePayload[] {
  return Array.from({ length: records }, (_, index) => ({
    order: 100_000 + index,
    customer: `C-${String(index).padStart(6, "0")}`,
    email: "customer@example.com",
    amount: 12.5,
    note: "leave it with the neighbour, ring twice",
  }));
}
