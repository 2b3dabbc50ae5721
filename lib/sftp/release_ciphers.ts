/** Ends the ciphers of a connection that is over. */

// @ts-types="@types/ssh2"
import type { Client } from "ssh2";

interface Cipher {
  final?(): unknown;
}

/** The library's own fields, which its types do not name. */
interface CipherHolder {
  _cipherInstance?: Cipher;
  _decipherInstance?: Cipher;
}

/**
 * Asks the ciphers of a client for their end. Deno keeps a cipher until then; those that serve a
 * whole connection (AES-CTR) the library forgets with the connection.
 */
export function releaseCiphers(client: Client): void {
  const { _protocol: protocol } = client as unknown as {
    _protocol?: { _cipher?: CipherHolder; _decipher?: CipherHolder };
  };
  const ciphers = [protocol?._cipher?._cipherInstance, protocol?._decipher?._decipherInstance];
  for (const cipher of ciphers) {
    try {
      cipher?.final?.();
    } catch {
      // It was asked before.
    }
  }
}
