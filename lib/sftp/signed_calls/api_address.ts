/** The address of the API that is called. */

import { ConfigurationError } from "../../core/mod.ts";

/**
 * Reads the address of an API.
 *
 * @param source names the setting in errors
 * @throws ConfigurationError when it is not an address of http or https, or holds a user or a
 * password; what comes after its path is not shown.
 */
export function parseApiAddress(text: string, source = "DOC_AI_API_URL"): URL {
  const address = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
  const isHttp = address?.protocol === "https:" || address?.protocol === "http:";
  if (address !== undefined && isHttp && address.username === "" && address.password === "") {
    return address;
  }
  const shown = address === undefined ? text.replace(/[?#].*$/s, "…") : serviceName(address);
  throw new ConfigurationError(
    `Cannot use ${source} as it must be an address such as https://api.example.com/process, ` +
      `without user and password: it is ${JSON.stringify(shown)}; correct it`,
    { context: { setting: source } },
  );
}

/** Names a service in messages: its address without what may be secret, such as the query. */
export function serviceName(address: URL): string {
  return `${address.protocol}//${address.host}${address.pathname}`;
}
