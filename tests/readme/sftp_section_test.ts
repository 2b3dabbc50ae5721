import { join } from "@std/path";
import { documentApi } from "../support/document_api.ts";
import { embeddedSftpServer } from "../support/embedded_sftp_server.ts";
import { testDatabase } from "../support/postgres_server.ts";
import { queueTemplate } from "../support/queue_database.ts";
import { sftpEnvironment } from "../support/sftp_client_config.ts";
import { readmeShell } from "./readme_shell.ts";
import { runSection } from "./run_section.ts";
import { sectionsOf } from "./sections.ts";

Deno.test("README: SFTP's commands and examples do what it says", async () => {
  await using server = await embeddedSftpServer();
  await using api = await documentApi();
  await using database = await testDatabase({ template: queueTemplate });
  await using shell = await readmeShell();
  Object.assign(shell.env, sftpEnvironment(server), {
    DEVELOPMENT_GLOBAL_SFTP_PRIVATE_KEY: "key",
    DEVELOPMENT_ACME_SFTP_PATH: "/acme",
    DEVELOPMENT_GLOBEX_SFTP_PATH: "/globex",
    DEVELOPMENT_GLOBAL_SOURCE_FILES: "input",
    DEVELOPMENT_GLOBAL_IN_PROGRESS_PATH: "done",
    DEVELOPMENT_GLOBAL_PROFILE_CODE: "default_profile",
    DEVELOPMENT_GLOBAL_DOC_AI_API_URL: api.url,
    DEVELOPMENT_GLOBAL_API_SECRET: api.secret,
    DEVELOPMENT_GLOBAL_RPA_DB_CONNECTION_STRING: database.url,
  });
  await shell.write("key", await Deno.readFile(server.privateKeyPath));
  const put = async (path: string, text = `the content of ${path}`) => {
    await Deno.mkdir(join(server.root, path, ".."), { recursive: true });
    await Deno.writeTextFile(join(server.root, path), text);
  };
  await Deno.mkdir(join(server.root, "outbox/2026"), { recursive: true });
  for (const number of [1, 2, 3]) {
    await put(`outbox/report-${number}.csv`, "district,score\n".repeat(1400 * number));
  }
  for (const number of [1, 2, 3, 4, 5, 6]) await put(`acme/input/scan-0${number}.pdf`);
  await put("acme/input/unfinished.pdf", "");
  await Deno.symlink("/etc/passwd", join(server.root, "acme/input/x.pdf"));
  await put("globex/input/first.pdf");

  await runSection({
    sections: sectionsOf.sftp,
    shell,
    rules: {
      "deno task sftp-files get '/outbox/*.csv' /outbox/missing.pdf --to in": { code: 1 },
      "deno task poll-sftp --project acme --project globex --interval 1m": {
        until: /globex: 1 found/,
      },
      "deno task poll-sftp --project acme --enqueue documents": {
        before: () => put("acme/input/scan-07.pdf"),
      },
    },
  });
});
