/** Moving old finished records out of the queue's table, and what is known of them there. */

export { type ArchiveCounts, readArchiveCounts } from "./archive_counts.ts";
export { archivePermissions } from "./archive_permissions.ts";
export {
  type ArchiveOptions,
  archiveRecords,
  type ArchiveReport,
  type ArchiveStatus,
  archiveStatuses,
} from "./archive_records.ts";
export { archiveCountsText, archiveText } from "./archive_text.ts";
export { checkPurgeIsWanted } from "./confirm_purge.ts";
