/** Puts the built module into a file that the program can import: `pack.ts WASM_FILE`. */

import { createHash } from "node:crypto";

const source = await Deno.readFile(new URL("chacha20_poly1305.ts", import.meta.url));
const binary = await Deno.readFile(Deno.args[0] ?? "");
const lines = binary.toBase64().match(/.{1,96}/g) ?? [];
await Deno.writeTextFile(
  new URL("../chacha20_poly1305_wasm.ts", import.meta.url),
  `/** Built from assembly/chacha20_poly1305.ts by \`deno task build:cipher\`; not to be edited. */

/** The SHA-256 of the source that it was built from. */
export const sourceSha256 = "${createHash("sha256").update(source).digest("hex")}";

/** The WebAssembly module, in base64. */
export const wasmBase64 =
  // deno-fmt-ignore
  ${lines.map((line) => `"${line}"`).join(" +\n  ")};
`,
);
