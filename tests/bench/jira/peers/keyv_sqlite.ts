/**
 * Keyv on `node:sqlite`, by a store of one table. Its own adapter, @keyv/sqlite, builds on a native
 * module that Deno cannot load; this one does less and so is faster. It knows no size and no LRU.
 */

import { DatabaseSync } from "node:sqlite";
import { Keyv } from "keyv";
import { serveCache } from "../cache/cache_program.ts";
import { issueOf, keyOf } from "../cache/sample_entries.ts";

const dayMs = 86_400_000;

await serveCache((path) => {
  const database = new DatabaseSync(path);
  database.exec("pragma journal_mode = wal; pragma synchronous = normal");
  database.exec("pragma cache_size = -32000");
  database.exec("create table if not exists keyv (key text primary key, value text)");
  const select = database.prepare("select value from keyv where key = ?");
  const insert = database.prepare("insert or replace into keyv values (?, ?)");
  const remove = database.prepare("delete from keyv where key = ?");
  const keyv = new Keyv({
    store: {
      get: (key: string) => Promise.resolve(select.get(key)?.["value"]),
      set: (key: string, value: string) => Promise.resolve(insert.run(key, value).changes === 1),
      delete: (key: string) => Promise.resolve(remove.run(key).changes === 1),
      clear: () => Promise.resolve(database.exec("delete from keyv")),
    },
  });
  return {
    async fill(entries) {
      database.exec("begin");
      for (let place = 0; place < entries; place++) {
        await keyv.set(keyOf(place), issueOf(place), dayMs);
      }
      database.exec("commit");
    },
    reads: { keyv: (key) => keyv.get(key) },
    close: () => database.close(),
  };
});
