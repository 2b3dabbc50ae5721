/** Files that stay whole: atomic replacement, locks between processes, journals. */

export {
  acquireFileLock,
  FileLock,
  type FileLockOptions,
  isFileLockHeld,
  tryFileLock,
  type TryFileLockOptions,
} from "./file_lock.ts";
export { Journal, type JournalOptions } from "./journal.ts";
export { encodeJournalLines, type JournalScan, scanJournal } from "./journal_line.ts";
export { type JournalContent, type ParseEntry, readJournal } from "./read_journal.ts";
export { syncFolder } from "./sync_folder.ts";
export { writeFileAtomic, type WriteFileOptions } from "./write_file_atomic.ts";
