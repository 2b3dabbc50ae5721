/** The entries that every cache is filled with, and the order in which they are read. */

/** Keys that are read again and again. */
const hotKeys = 1000;

/** The key of an entry. */
export function keyOf(place: number): string {
  return `PROJ-${place + 1}`;
}

/** An issue of about 1 KB. */
export function issueOf(place: number): Record<string, unknown> {
  return {
    id: String(10_000 + place),
    key: keyOf(place),
    self: `https://jira.example.com/rest/api/3/issue/${10_000 + place}`,
    fields: {
      summary: "The nightly import leaves one file behind",
      description: "x".repeat(600),
      labels: ["import", "nightly"],
      status: { id: "3", name: "In Progress" },
      assignee: { accountId: "5b10ac8d82e05b22cc7d4ef5", displayName: "Mia Krystof" },
      updated: "2026-11-20T22:31:07.000+0000",
    },
  };
}

/** The hot keys, spread over all entries. */
export function hotKeysOf(entries: number): string[] {
  const step = Math.max(1, Math.floor(entries / hotKeys));
  return Array.from({ length: Math.min(hotKeys, entries) }, (_, place) => keyOf(place * step));
}
