/**
 * `JiraCache.get`, beside the least that a read can be: the same row by a prepared statement of
 * `node:sqlite`, as text and parsed, in the same process on the same file.
 */

import { DatabaseSync } from "node:sqlite";
import { JiraCache } from "../../../../lib/jira/mod.ts";
import { serveCache } from "../cache/cache_program.ts";
import { issueOf, keyOf } from "../cache/sample_entries.ts";

const batch = 1000;

await serveCache((path) => {
  const cache = new JiraCache({ path, maxBytes: 2 ** 30, ttl: { issue: 86_400_000 } });
  const database = new DatabaseSync(path);
  database.exec("pragma cache_size = -32000");
  const select = database.prepare(
    "select value from entry where category = ? and key = ? and scope = ''",
  );
  const text = (key: string) => select.get("issue", key)?.["value"];
  return {
    fill(entries) {
      for (let at = 0; at < entries; at += batch) {
        const count = Math.min(batch, entries - at);
        const part = Array.from(
          { length: count },
          (_, place) => [keyOf(at + place), issueOf(at + place)] as const,
        );
        cache.setMany(part, "issue");
      }
    },
    reads: {
      point_read: text,
      point_read_parsed: (key) => JSON.parse(String(text(key))),
      opsdeck: (key) => cache.get(key, "issue"),
    },
    close() {
      database.close();
      cache.close();
    },
  };
});
