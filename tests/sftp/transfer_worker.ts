/** Downloads `/big` in a process of its own; is killed in the middle of it. */

import { downloadFile, openConnection } from "../../lib/sftp/mod.ts";

const { port, keyPath, target } = JSON.parse(Deno.args[0] ?? "");
await using connection = await openConnection({
  host: "127.0.0.1",
  port,
  username: "tester",
  privateKey: { key: await Deno.readFile(keyPath) },
  verifyHostKey: () => true,
});
await downloadFile(connection, "/big", target, { resume: true });
