/** Signed calls of the document API. */

export { parseApiAddress, serviceName } from "./api_address.ts";
export { callRefused } from "./api_answer.ts";
export { callSignedApi, type SignedCall, type SignedCallOptions } from "./call_signed_api.ts";
export { documentBody, type DocumentFile, type DocumentPayload } from "./document_payload.ts";
export { type SignatureHeaders, type SignedMessage, signPayload } from "./sign_payload.ts";
export { signingKey } from "./signing_key.ts";
