/** Downloads from Google Drive. */

export { downloadDriveWithContext, type DriveDownloadOptions } from "./download_drive.ts";
export { type ItemWishes } from "./fetch_item.ts";
export { type DriveKind, type DriveLink, parseDriveLink } from "./drive_link.ts";
export { requireExportFormat } from "./export_format.ts";
export { driveBaseUrl } from "./drive_session.ts";
