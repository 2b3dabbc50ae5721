import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ConfigurationError, resolveCallerPath } from "../../lib/core/mod.ts";
import {
  type ConnectionTarget,
  describeTarget,
  parseConnectionString,
} from "../../lib/database/mod.ts";

/** What tests compare: plain values in the place of secrets. */
function plain(target: ConnectionTarget) {
  const { password, ...rest } = target;
  return password === undefined ? rest : { ...rest, password: password.reveal() };
}

const postgres = { dialect: "postgresql", host: "db", port: 5432, database: "app" };
const sqlServer = { dialect: "sqlserver", host: "db", port: 1433, database: "app" };
const login = { username: "ada", password: "pw" };
const prefer = { tls: { mode: "prefer" } };
const verified = { tls: { mode: "verify-full" } };

const accepted: [text: string, target: Record<string, unknown>][] = [
  ["postgres://ada:pw@db/app", { ...postgres, ...login, ...prefer }],
  ["postgresql://ada:pw@db:6000/app", { ...postgres, ...login, ...prefer, port: 6000 }],
  ["postgresql+psycopg2://ada:pw@db/app", { ...postgres, ...login, ...prefer }],
  ["postgresql+asyncpg://db/app", { ...postgres, ...prefer }],
  ["POSTGRES://ada:pw@db/app/", { ...postgres, ...login, ...prefer }],
  ["  postgres://ada:pw@db/app\n", { ...postgres, ...login, ...prefer }],
  ["postgres://ada:p%40%2Fw@db/app", { ...postgres, ...prefer, username: "ada", password: "p@/w" }],
  ["postgres://ada:p@w:x@db/app", { ...postgres, ...prefer, username: "ada", password: "p@w:x" }],
  ["postgres://ada:@db/app", { ...postgres, ...prefer, username: "ada", password: "" }],
  ["postgres://ada@db/app", { ...postgres, ...prefer, username: "ada" }],
  ["postgres://ada:pw@[::1]:6000/app", {
    ...postgres,
    ...login,
    ...prefer,
    host: "::1",
    port: 6000,
  }],
  ["postgres:///app?host=/run/postgresql&user=ada", {
    ...postgres,
    ...prefer,
    host: "/run/postgresql",
    username: "ada",
  }],
  ["postgres://%2Frun%2Fpostgresql/app", { ...postgres, ...prefer, host: "/run/postgresql" }],
  ["postgres://db/my%20app%3F", { ...postgres, ...prefer, database: "my app?" }],
  ["postgres://db/app?sslmode=disable", { ...postgres, tls: { mode: "disable" } }],
  ["postgres://db/app?sslmode=allow", { ...postgres, ...prefer }],
  ["postgres://db/app?sslmode=require", { ...postgres, tls: { mode: "require" } }],
  ["postgres://db/app?ssl=true", { ...postgres, tls: { mode: "require" } }],
  ["postgres://db/app?sslmode=verify-full&sslrootcert=/etc/ca.pem", {
    ...postgres,
    tls: { mode: "verify-full", caFile: "/etc/ca.pem" },
  }],
  ["postgres://db/app?sslmode=require&sslrootcert=ca.pem", {
    ...postgres,
    tls: { mode: "verify-ca", caFile: resolveCallerPath("ca.pem") },
  }],
  ["postgres://db/app?sslrootcert=system", { ...postgres, ...verified }],
  ["postgres://db/app?application_name=etl&connect_timeout=3&keepalives=1", {
    ...postgres,
    ...prefer,
    applicationName: "etl",
    connectTimeoutMs: 3000,
  }],
  ["postgres://db/app?pgbouncer=true&options=-c%20search_path%3Dx", {
    ...postgres,
    ...prefer,
    startupOptions: "-c search_path=x",
    behindPooler: true,
  }],
  ["mssql+pyodbc://ada:pw@db:1433/app?driver=ODBC+Driver+18+for+SQL+Server", {
    ...sqlServer,
    ...login,
    ...verified,
  }],
  ["mssql+pymssql://ada:pw@db/app?charset=utf8", { ...sqlServer, ...login, ...verified }],
  ["mssql://ada:pw@db/app?Encrypt=no", { ...sqlServer, ...login, tls: { mode: "disable" } }],
  ["mssql://ada:p@w@db/app?TrustServerCertificate=yes", {
    ...sqlServer,
    username: "ada",
    password: "p@w",
    tls: { mode: "require" },
  }],
  ["mssql://ada:pw@db\\SQL2022:1500/app", { ...sqlServer, ...login, ...verified, port: 1500 }],
  [
    "mssql+pyodbc:///?odbc_connect=" + encodeURIComponent(
      "Driver={ODBC Driver 18 for SQL Server};Server=tcp:db,1500;Database=app;UID=ada;PWD={p;}}d}",
    ),
    { ...sqlServer, ...verified, port: 1500, username: "ada", password: "p;}d" },
  ],
  ["Server=tcp:db,1433;Database=app;User Id=ada;Password='p;w';Encrypt=Mandatory;", {
    ...sqlServer,
    ...verified,
    username: "ada",
    password: "p;w",
  }],
  ['data source=db; initial catalog=app; uid=ada; pwd="it""s"', {
    ...sqlServer,
    ...verified,
    username: "ada",
    password: 'it"s',
  }],
  ["Server=[::1],1433;Database=app;User Id=ada;Password=p=w", {
    ...sqlServer,
    ...verified,
    host: "::1",
    username: "ada",
    password: "p=w",
  }],
  ["Server=(local);Database=app;UID=CORP\\ada;PWD=pw", {
    ...sqlServer,
    ...login,
    ...verified,
    host: "localhost",
    domain: "CORP",
  }],
  ["Server=db\\INST,1500;Database=app;UID=ada;PWD=pw", {
    ...sqlServer,
    ...login,
    ...verified,
    port: 1500,
  }],
  [
    "Server=db;Database=app;UID=ada;PWD=pw;Encrypt=strict;HostNameInCertificate=sql.example.com;" +
    "ServerCertificate=/etc/ca.pem;Application Name=etl;Connect Timeout=7;" +
    "ApplicationIntent=ReadOnly;MultipleActiveResultSets=False;Integrated Security=false",
    {
      ...sqlServer,
      ...login,
      tls: {
        mode: "verify-full",
        caFile: "/etc/ca.pem",
        serverName: "sql.example.com",
        strict: true,
      },
      applicationName: "etl",
      connectTimeoutMs: 7000,
      readOnlyIntent: true,
    },
  ],
];

for (const [text, target] of accepted) {
  Deno.test(`parseConnectionString() reads ${text}`, () => {
    assertEquals<unknown>(plain(parseConnectionString(text)), target);
  });
}

const refused: [text: string, words: string][] = [
  ["", "its form is not known"],
  ["db/app", "its form is not known"],
  ["mysql://ada:hunter22@db/app", "its form is not known"],
  ["jdbc:sqlserver://db;user=ada;password=hunter22", "its form is not known"],
  ["host=db dbname=app user=ada password=hunter22", "libpq's keyword form"],
  ["postgres:///app", "names no server"],
  ["postgres://ada:hunter22@/app", "names no server"],
  ["postgres://ada:hunter22@db", "names no database"],
  ["postgres://ada:hunter22@db1,db2:5432/app", "names several hosts"],
  ["postgres://ada:hunter22@db/app?host=a,b", "names several hosts"],
  ["postgres://ada:hunter22@db:99999/app", "its port is not a number"],
  ["postgres://ada:hunter22@db:x/app", "its port is not a number"],
  ["postgres://ada:hunter22/x", "its port is not a number"],
  ["postgres://ada:hunter22?x@db/app", "its port is not a number"],
  ["postgres://ada:hunter22/x@db/app", "its database name holds '@' or '/'"],
  ["postgres://ada:22/hunter22@db/app", "its database name holds '@' or '/'"],
  ["postgres://ada:22/x?hunter22@db/app", "its option number 1 is not known"],
  ["postgres://ada:hunter22#@db/app", "it holds a '#'"],
  ["postgres://ada:100%hunter22@db/app", "not percent-encoded"],
  ["postgres://ada:hunter22%00@db/app", "NUL"],
  ["postgres://d b/app", "characters that no host name has"],
  ["postgres://db/app?sslmode=maybe", "its sslmode is not known"],
  ["postgres://db/app?sslcert=x", 'it asks for "sslcert"'],
  ["postgres://db/app?sslmode=disable&sslmode=require", 'gives "sslmode" twice'],
  ["postgres://db/app?connect_timeout=soon", "not a number of seconds"],
  ["postgres://db/app?sslmode=require&sslrootcert=system", "sslrootcert=system needs"],
  ["mssql+pyodbc://ada:hunter22@mydsn", "data source (DSN)"],
  ["mssql+pyodbc://ada:hunter22@db\\INST/app", "names an instance"],
  ["mssql://ada:hunter22@db:1433", "names no database"],
  ["mssql+pyodbc:///?odbc_connect=DSN%3Dmydsn%3BUID%3Dada%3BDatabase%3Dapp", "data source (DSN)"],
  ["Server=db\\INST;Database=app;UID=ada;PWD=hunter22", "names an instance"],
  ["Server=db:1433;Database=app;UID=ada;PWD=hunter22", "gives the port after a colon"],
  ["Server=np:db;Database=app;UID=ada;PWD=hunter22", "another protocol than TCP"],
  ["Database=app;UID=ada;PWD=hunter22", "names no server"],
  ["Server=;Database=app;UID=ada;PWD=hunter22", "names no server"],
  ["Server=db;UID=ada;PWD=hunter22", "names no database"],
  ["Server=db;Database=app;UID=ada;PWD=x;hunter22;Encrypt=no", "has no '='"],
  ["Server=db;Database=app;UID=ada;PWD=x;hunter22=y;Encrypt=no", "a key that is not known"],
  ["Server=db;Database=app;UID=ada;PWD='hunter22", "does not end where its quote does"],
  ["Server=db;Database=app;UID=ada;PWD='hunter22'x;Encrypt=no", "does not end where"],
  ["Server=db;Database=app;Server=other", "gives the server twice"],
  ["Server=db;Database=app;Integrated Security=SSPI", "Windows login"],
  ["Server=db;Database=app;Authentication=Active Directory Integrated", "another kind of login"],
  ["Server=db;Database=app;Encrypt=perhaps", "its Encrypt is not"],
  ["Server=db;Database=app;TrustServerCertificate=perhaps", "its TrustServerCertificate is not"],
];

for (const [text, words] of refused) {
  Deno.test(`parseConnectionString() refuses ${text || "nothing"}`, () => {
    const error = assertThrows(
      () => parseConnectionString(text, { label: "X_CONNECTION_STRING" }),
      ConfigurationError,
      words,
    );

    assert(error.message.startsWith("Cannot use X_CONNECTION_STRING as "), error.message);
    assert(!Deno.inspect(error).includes("hunter22"), "the password must not show");
  });
}

Deno.test("parseConnectionString() refuses a type that contradicts the string", () => {
  assertThrows(
    () => parseConnectionString("postgres://db/app", { type: "sqlserver" }),
    ConfigurationError,
    "it is for postgresql and the database's type is set to sqlserver",
  );
  parseConnectionString("postgres://db/app", { type: "postgresql" });
});

const word = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 })
  .filter((text) => !text.includes("\0") && text.isWellFormed());
const host = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6());
const port = fc.integer({ min: 1, max: 65535 });

Deno.test("parseConnectionString() gives back what a URL was made of", () => {
  const scheme = fc.constantFrom("postgres", "postgresql+psycopg", "mssql", "mssql+pyodbc");

  fc.assert(
    fc.property(
      scheme,
      word,
      word,
      host,
      port,
      word,
      (scheme, user, password, host, port, name) => {
        const server = host.includes(":") ? `[${host}]` : host;
        const [username, ...parts] = [user, password, name].map(encodeURIComponent);
        const text = `${scheme}://${username}:${parts[0]}@${server}:${port}/${parts[1]}`;
        if (scheme.startsWith("mssql") && user.includes("\\")) return;

        const target = plain(parseConnectionString(text));

        assertEquals<unknown>(
          { ...target, dialect: undefined, tls: undefined },
          {
            host,
            port,
            database: name,
            username: user,
            password,
            dialect: undefined,
            tls: undefined,
          },
        );
      },
    ),
  );
});

Deno.test("parseConnectionString() gives back what an ADO or ODBC string was made of", () => {
  const quote = fc.constantFrom<[string, string]>(["'", "'"], ['"', '"'], ["{", "}"]);
  const quoted = (text: string, [open, close]: [string, string]) =>
    `${open}${text.replaceAll(close, close + close)}${close}`;

  fc.assert(
    fc.property(quote, word, word, host, port, word, (marks, user, password, host, port, name) => {
      if (user.includes("\\")) return;
      const text = `Server=tcp:${host},${port};Database=${quoted(name, marks)};` +
        `User Id=${quoted(user, marks)};Password=${quoted(password, marks)};Encrypt=no`;

      const target = plain(parseConnectionString(text));

      assertEquals<unknown>(target, {
        dialect: "sqlserver",
        host,
        port,
        database: name,
        username: user,
        password,
        tls: { mode: "disable" },
      });
    }),
  );
});

Deno.test("parseConnectionString() ends with a target or a ConfigurationError on any text", () => {
  const noise = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom(..."aS:/@?#;='\"{}[]%,\\&0+ ") }),
  );
  const prefix = fc.constantFrom("", "postgres://", "mssql://", "Server=");

  fc.assert(
    fc.property(prefix, noise, (prefix, noise) => {
      try {
        parseConnectionString(prefix + noise);
      } catch (error) {
        assert(error instanceof ConfigurationError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("describeTarget() shows no secret and reads back", () => {
  const texts = [
    "postgres://a%20da:hunter22@db:6000/my%2Fapp",
    "postgres://ada:hunter22@[::1]/app",
    "postgres:///app?host=/run/postgresql&port=6000",
    "mssql://ada:hunter22@db/app",
  ];
  const expected = [
    "postgresql://a%20da@db:6000/my%2Fapp",
    "postgresql://ada@[::1]:5432/app",
    "postgresql:///app?host=%2Frun%2Fpostgresql&port=6000",
    "sqlserver://ada@db:1433/app",
  ];

  const targets = texts.map((text) => parseConnectionString(text));

  assertEquals(targets.map(describeTarget), expected);
  for (const target of targets) {
    const again = parseConnectionString(describeTarget(target));
    assertEquals(describeTarget(again), describeTarget(target));
  }
});
