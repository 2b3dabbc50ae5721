/**
 * Taking a connection URL apart. `new URL()` will not do: it refuses `host\INSTANCE`, hides an
 * unescaped `@`, and normalises what must be looked at first.
 */

import { checkHost, connectionStringError, parsePort } from "./connection_string_error.ts";

/** The parts of `scheme+driver://user:password@host:port/database?options`, decoded. */
export interface ConnectionUrl {
  /** Lower case, without the `+driver` of SQLAlchemy. */
  scheme: string;
  /** Undefined when the URL has none. */
  username: string | undefined;
  /** Undefined when the URL has none. */
  password: string | undefined;
  /** Empty when the URL has none; a folder when it starts with `/`. */
  host: string;
  /** The instance of `host\INSTANCE`. */
  instance: string | undefined;
  /** Undefined when the URL has none. */
  port: number | undefined;
  /** Empty when the URL has none. */
  database: string;
  /** The options after `?`. */
  options: [name: string, value: string][];
}

/** Whether a text has the form of a URL. */
export function isUrl(text: string): boolean {
  return /^[a-z][\w.+-]*:\/\//i.test(text);
}

/** Gives the scheme of a URL in lower case, without `+driver`. */
export function urlScheme(text: string): string {
  return text.slice(0, text.indexOf("://")).replace(/\+.*$/s, "").toLowerCase();
}

/**
 * Takes a URL apart. A user or password may have an unescaped `@` or `:`; `/`, `?`, `#` and `%`
 * must be percent-encoded.
 *
 * @throws ConfigurationError naming `label`, and no part of the text.
 */
export function parseConnectionUrl(text: string, label: string): ConnectionUrl {
  if (text.includes("#")) {
    throw connectionStringError(label, "it holds a '#'", "write '#' as %23");
  }
  const rest = text.slice(text.indexOf("://") + 3);
  const [beforeQuery = "", ...query] = rest.split("?");
  const slash = beforeQuery.indexOf("/");
  const authority = slash < 0 ? beforeQuery : beforeQuery.slice(0, slash);
  const path = slash < 0 ? "" : beforeQuery.slice(slash + 1).replace(/\/$/, "");

  // A raw '@' or '/' here is a password with an unescaped '/', which would make the user's name
  // the host.
  if (/[@/]/.test(path)) {
    throw connectionStringError(
      label,
      "its database name holds '@' or '/'",
      "percent-encode '/' in the password as %2F, or '@' and '/' in the name as %40 and %2F",
    );
  }

  const at = authority.lastIndexOf("@");
  const login = at < 0 ? undefined : authority.slice(0, at);
  const colon = login?.indexOf(":") ?? -1;
  const username = login === undefined || colon < 0 ? login : login.slice(0, colon);
  const password = login === undefined || colon < 0 ? undefined : login.slice(colon + 1);

  return {
    scheme: urlScheme(text),
    username: username ? decode(username, "user", label) : undefined,
    password: password === undefined ? undefined : decode(password, "password", label),
    ...parseAuthority(authority.slice(at + 1), label),
    database: decode(path, "database", label),
    options: [...new URLSearchParams(query.join("?"))],
  };
}

function parseAuthority(
  text: string,
  label: string,
): Pick<ConnectionUrl, "host" | "instance" | "port"> {
  if (text.includes(",")) checkHost(text, label);
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/s.exec(text);
  if (bracketed) {
    const host = checkHost(decode(bracketed[1] ?? "", "host", label), label);
    return { host, instance: undefined, port: optionalPort(bracketed[2], label) };
  }
  const [server = "", ...port] = text.split(":");
  const [name = "", instance] = decode(server, "host", label).split("\\", 2);
  const host = name === "" || name.startsWith("/") ? name : checkHost(name, label);
  return { host, instance, port: optionalPort(port.join(":"), label) };
}

function optionalPort(text: string | undefined, label: string): number | undefined {
  return text === undefined || text === "" ? undefined : parsePort(text, label);
}

function decode(text: string, part: string, label: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw connectionStringError(
      label,
      `its ${part} is not percent-encoded text`,
      "write '%' itself as %25",
    );
  }
}
