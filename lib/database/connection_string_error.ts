/** What is wrong with a connection string, said without showing any of it. */

import { ConfigurationError } from "../core/errors/mod.ts";

/** Makes the error; `label` names the string, such as `DEVELOPMENT_GLOBAL_RPA_DB_CONNECTION_STRING`. */
export function connectionStringError(
  label: string,
  reason: string,
  advice: string,
): ConfigurationError {
  return new ConfigurationError(`Cannot use ${label} as ${reason}; ${advice}`, {
    context: { setting: label },
  });
}

/** Reads a port, 1 to 65535. */
export function parsePort(text: string, label: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65535) return port;
  // The text itself is not shown: where a password is not encoded, this is a piece of it.
  throw connectionStringError(
    label,
    "its port is not a number from 1 to 65535",
    "correct the port, and write '/', '?', '#' and ':' in a password as %2F, %3F, %23 and %3A",
  );
}

/** Checks a host's name or address; IPv6 comes without brackets. */
export function checkHost(host: string, label: string): string {
  if (host === "") {
    throw connectionStringError(label, "it names no server", "add the server's host name");
  }
  if (host.includes(",")) {
    throw connectionStringError(
      label,
      "it names several hosts",
      "name one: opsdeck does not choose between servers",
    );
  }
  const isName = /^[\p{L}\p{N}_.-]+$/u.test(host);
  const isAddress = host.includes(":") && /^[0-9a-f:.]+(%[\w.-]+)?$/i.test(host);
  if (isName || isAddress) return host;
  throw connectionStringError(
    label,
    "its host has characters that no host name has",
    "correct it, and percent-encode special characters of the user and the password",
  );
}

/** Reads a whole number of seconds into milliseconds; 0 means the default. */
export function parseTimeoutSeconds(
  text: string,
  option: string,
  label: string,
): number | undefined {
  const seconds = Number(text);
  if (!/^\d{1,6}$/.test(text)) {
    throw connectionStringError(label, `its ${option} is not a number of seconds`, "correct it");
  }
  return seconds === 0 ? undefined : seconds * 1000;
}

/** Refuses what no protocol can carry in a name or a password. */
export function checkText(value: string, what: string, label: string): string {
  if (!value.includes("\0")) return value;
  throw connectionStringError(label, `its ${what} holds a NUL character`, "remove it");
}
