/** The connections of a client, and whom they trust. */

import { ConfigurationError, errorReason, permissionMissing } from "../../core/mod.ts";

/**
 * Opens a pool of connections that trusts the certificates of a file too.
 *
 * @throws ConfigurationError when the file cannot be read or holds no certificate.
 */
export function openHttpClient(caFile: string | undefined): Deno.HttpClient {
  if (caFile === undefined) return Deno.createHttpClient({});
  try {
    const certificates = Deno.readTextFileSync(caFile);
    // Deno ignores a file without any certificate.
    if (!certificates.includes("-----BEGIN CERTIFICATE-----")) {
      throw new TypeError("it holds no certificate in PEM form");
    }
    return Deno.createHttpClient({ caCerts: [certificates] });
  } catch (error) {
    throw permissionMissing(error) ?? new ConfigurationError(
      `Cannot use JIRA_CA_FILE as "${caFile}" cannot be read: ${errorReason(error)}; name a file ` +
        "of certificates",
      { context: { file_path: caFile }, cause: error },
    );
  }
}
