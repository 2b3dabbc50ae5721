/** The quick start's SFTP server: documents are dropped on it, claimed, and read again. */

import { join } from "node:path";
import { opsdeckHome, Secret } from "../core/mod.ts";
import type { ScriptContext } from "../core/command_line/mod.ts";
import { startEmbeddedSftpServer } from "./embedded/mod.ts";
import { type BatchFile, pollProject, type PollReport, pollReportText } from "./poller/mod.ts";
import { ConnectionPool } from "./pool/mod.ts";
import { parseClientConfig } from "./settings/mod.ts";

/** A server with documents on it; disposing ends it and removes them. */
export interface DocumentDrop extends AsyncDisposable {
  /**
   * Makes one pass, in batches of 5, and gives its report.
   *
   * @param take takes the files of a batch
   */
  poll(take: (files: readonly BatchFile[]) => Promise<unknown>): Promise<PollReport>;
  /** Gives the size of a claimed document in bytes, as the server tells it. */
  sizeOf(path: string): Promise<number>;
}

const fileNames = ["invoice 1.pdf", "invoice 2.pdf", "contract.PDF", "offer.pdf", "photo.jpg"];

/** Gives the folder of the documents and the poller's journal, which is removed in the end. */
export function dropFolder(): string {
  return join(opsdeckHome(), "quickstart-sftp");
}

/**
 * Starts a server on a free port of 127.0.0.1 over a folder in `OPSDECK_HOME`, and drops documents
 * there, one of which is still being uploaded.
 */
export async function startDocumentDrop(context: ScriptContext): Promise<DocumentDrop> {
  const folder = dropFolder();
  const root = join(folder, "files");
  await removeFolder(folder);
  await Deno.mkdir(join(root, "input"), { recursive: true });
  const username = "quickstart";
  const password = new Secret(crypto.randomUUID());
  const server = await startEmbeddedSftpServer({ root, username, password });
  context.note(`4. An SFTP server runs at ${server.host}:${server.port}; dropping documents there`);
  for (const name of fileNames) {
    await Deno.writeTextFile(join(root, "input", name), `%PDF-1.7 ${name}\n%%EOF\n`);
  }
  await Deno.writeTextFile(join(root, "input", "unfinished.pdf"), "");
  const pool = new ConnectionPool();
  const settings = parseClientConfig({
    project_id: "quickstart",
    sftp_host: server.host,
    sftp_port: server.port,
    sftp_user: username,
    sftp_pass: password,
    sftp_host_key: server.hostKeyFingerprint,
  });

  return {
    async poll(take) {
      context.note("5. The poller claims what is wholly uploaded, into the queue");
      const { report, error } = await pollProject({
        config: {
          projectId: "quickstart",
          path: "/",
          sourceFolder: "input",
          inProgressFolder: "in_progress",
        },
        connect: (options) => pool.get(settings, options),
        deliver: async ({ files }) => void await take(files),
        target: "queue",
        journalPath: join(folder, "poller.journal"),
      }, { signal: context.signal });
      if (error !== undefined) throw error;
      context.note(pollReportText(report).replace(/^/gm, "   "));
      return report;
    },
    async sizeOf(path) {
      return (await (await pool.get(settings)).stat(path)).size;
    },
    async [Symbol.asyncDispose]() {
      await pool[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await removeFolder(folder);
    },
  };
}

async function removeFolder(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
