/** Certificates for servers of tests. */

import { assert } from "@std/assert";
import { join } from "@std/path";

/** Makes `ca.pem`, and `server.key` with `server.pem` for "localhost", by the `openssl` program. */
export async function makeCertificates(folder: string): Promise<void> {
  const at = (name: string) => join(folder, name);
  await openssl(
    ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test"],
    ...["-addext", "basicConstraints=critical,CA:TRUE"],
    ...["-keyout", at("ca.key"), "-out", at("ca.pem")],
  );
  await openssl(
    ...["req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"],
    ...["-keyout", at("server.key"), "-out", at("server.csr")],
  );
  await Deno.writeTextFile(at("extensions"), "subjectAltName=DNS:localhost");
  await openssl(
    ...["x509", "-req", "-days", "2", "-in", at("server.csr"), "-out", at("server.pem")],
    ...["-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial"],
    ...["-extfile", at("extensions")],
  );
}

async function openssl(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", { args }).output();
  assert(success, new TextDecoder().decode(stderr));
}
