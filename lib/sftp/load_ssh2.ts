/** Loads the SSH library only when a connection is made: it takes longer than all else of a start. */

import crypto from "node:crypto";
// @ts-types="@types/ssh2"
import type Ssh2 from "ssh2";

/** Gives `npm:ssh2`. */
export function loadSsh2(): Promise<typeof Ssh2> {
  return loading ??= load();
}

let loading: Promise<typeof Ssh2> | undefined;

async function load(): Promise<typeof Ssh2> {
  // The library takes what it finds here when it is loaded.
  const { createCipheriv, createDecipheriv } = crypto;
  crypto.createCipheriv = endingAfterUse(createCipheriv);
  crypto.createDecipheriv = endingAfterUse(createDecipheriv);
  try {
    const { default: ssh2 } = await import("ssh2");
    return ssh2;
  } finally {
    Object.assign(crypto, { createCipheriv, createDecipheriv });
  }
}

type MakeCipher = (
  name: string,
  ...rest: never[]
) => { update(data: never): unknown; final(): unknown };

/**
 * The library makes three ChaCha20 ciphers a packet, uses each once and forgets it. Deno keeps a
 * cipher until its end is asked for: 800 bytes a packet, for as long as the process lives. A client
 * of ours has ciphers of its own instead (`connection/cipher`), but for the packets of a handshake
 * that waits for the host key and where these do not fit; the embedded server has the library's.
 */
function endingAfterUse<T extends MakeCipher>(make: T): T {
  return new Proxy(make, {
    apply(target, thisArgument, args) {
      const cipher = Reflect.apply(target, thisArgument, args);
      if (args[0] !== "chacha20") return cipher;
      return {
        update(data: never) {
          const result = cipher.update(data);
          cipher.final();
          return result;
        },
      };
    },
  });
}
