/** The files that a connection string and a database's login name, in the printed line. */

import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import parseArgv from "string-argv";
import { runScript } from "../../support/run_script.ts";
import { temporaryFolder } from "../../support/temporary_folder.ts";
import { listsOf } from "./declared.ts";

async function readable(
  script: string,
  args: string[],
  env: Record<string, string>,
): Promise<string[]> {
  const { stdout, stderr, code } = await runScript(script, [...args, "--print-permissions"], {
    env,
    permissions: [`--allow-read=${env["INIT_CWD"]}`],
  });
  assertEquals([code, stderr], [0, ""]);
  return listsOf(parseArgv(stdout.trim())).read;
}

Deno.test("a relative file of authorities is the caller's, under a task too", async () => {
  await using folder = await temporaryFolder("authorities");
  const caller = folder.path;
  const strings = {
    rpa_db: "postgres://u:p@db.example/x?sslmode=verify-full&sslrootcert=queue.pem",
    SurveyHub: "Server=db.example;Database=x;User Id=u;Password=p;ServerCertificate=certs/sql.pem",
  };

  const queue = await readable("queue", ["status"], {
    INIT_CWD: caller,
    GLOBAL_RPA_DB_CONNECTION_STRING: strings.rpa_db,
  });
  const requests = await readable("find-requests", [], {
    INIT_CWD: caller,
    GLOBAL_SURVEYHUB_CONNECTION_STRING: strings.SurveyHub,
  });

  assertEquals(queue.filter((path) => path.endsWith(".pem")), [join(caller, "queue.pem")]);
  assertEquals(requests.filter((path) => path.endsWith(".pem")), [join(caller, "certs/sql.pem")]);
});

Deno.test("the file with a database's own password may be read", async () => {
  await using folder = await temporaryFolder("login");
  const file = join(folder.path, "password");
  await Deno.writeTextFile(file, "hunter2");

  const queue = await readable("queue", ["status"], {
    INIT_CWD: folder.path,
    DEVELOPMENT_GLOBAL_RPA_DB_CONNECTION_STRING: "postgres://db.example/x",
    DEVELOPMENT_RPA_DB_DB_PASSWORD_FILE: file,
  });
  const requests = await readable("find-requests", [], {
    INIT_CWD: folder.path,
    DEVELOPMENT_GLOBAL_SURVEYHUB_CONNECTION_STRING: "postgres://db.example/x",
    DEVELOPMENT_SURVEYHUB_DB_PASSWORD_FILE: file,
  });

  assertEquals([queue.includes(file), requests.includes(file)], [true, true]);
});
