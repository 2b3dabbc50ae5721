/** What an archive run needs beyond the queue's permission set. */

import { dirname } from "node:path";
import type { PermissionNeeds } from "../../core/command_line/mod.ts";
import { resolveCallerPath } from "../../core/mod.ts";
import { queuePermissions } from "../queue_permissions.ts";

/**
 * Works out the hosts and files of an archive run; the export file is the one thing it writes.
 *
 * @throws ConfigurationError when the database is not configured.
 */
export async function archivePermissions(
  options: { flow?: string | undefined; export?: string | undefined },
): Promise<PermissionNeeds> {
  const needs = await queuePermissions({ flowName: options.flow });
  if (options.export === undefined) return needs;
  const path = resolveCallerPath(options.export);
  // The folder is read to write the file's name to the disk.
  return {
    ...needs,
    read: [...needs.read, path, dirname(path)],
    write: [...(needs.write ?? []), path],
  };
}
