/**
 * Downloads a file and uploads it again with no more permissions than a transfer needs, then
 * waits, so that its memory can be looked at.
 */

import { downloadFile, openConnection, uploadFile } from "../../lib/sftp/mod.ts";

const { port, username, privateKeyPath, folder, root } = JSON.parse(Deno.args[0] ?? "");
await using connection = await openConnection({
  host: "127.0.0.1",
  port,
  username,
  privateKey: { key: await Deno.readFile(privateKeyPath) },
  verifyHostKey: () => true,
});
await downloadFile(connection, `${root}/big`, `${folder}/big`);
await uploadFile(connection, `${folder}/big`, `${root}/big.back`);
// deno-lint-ignore no-console -- this is what the test waits for
console.log("done");
for await (const _ of Deno.stdin.readable);
