/**
 * Codes that say that an encrypted connection cannot be made as configured.
 *
 * Sources: Node.js documentation, "TLS: X509 certificate error codes" and `ERR_TLS_*`; Deno's own
 * TLS gives no code, only a message that is or, from `fetch`, ends in `invalid peer certificate: …`.
 */

import { errorReason, textField } from "../error_fields.ts";

const codes = new Set([
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "CERT_REJECTED",
  "CERT_REVOKED",
  "CERT_SIGNATURE_FAILURE",
  "CERT_UNTRUSTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "HOSTNAME_MISMATCH",
  "INVALID_CA",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** Tells whether an error is about the other side's certificate. */
export function isCertificateError(error: unknown): boolean {
  const code = textField(error, "code");
  if (code !== undefined && codes.has(code)) return true;
  return /(^|: )invalid peer certificate/.test(errorReason(error));
}
