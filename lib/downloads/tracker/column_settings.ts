/** The names of the CSV's columns, from the configuration. */

import { ConfigManager, readSettings } from "../../core/mod.ts";
import { type CsvColumns, defaultCsvColumns } from "./tracking_columns.ts";

/** The flow under which the settings of downloads stand. */
const downloadsFlow = "downloads";

/**
 * Reads the names of the columns: `ROW_ID_COLUMN`, `TYPE_COLUMN`, `NAME_COLUMN`, `EMAIL_COLUMN`,
 * `YOUTUBE_PLAYLIST_COLUMN` and `GOOGLE_DRIVE_COLUMN` of the flow `downloads`
 * (`DEVELOPMENT_DOWNLOADS_ROW_ID_COLUMN`). A column of which nothing is said is called as in
 * {@link defaultCsvColumns}.
 *
 * @param overrides names that come before the settings, such as flags
 * @throws ConfigurationError when a setting cannot be read.
 */
export function csvColumnSettings(overrides: Partial<CsvColumns> = {}): CsvColumns {
  const config = new ConfigManager(downloadsFlow);
  const name = (column: keyof CsvColumns) => () =>
    overrides[column] ?? config.getVariable(`${column}_column`, defaultCsvColumns[column]);
  return readSettings({
    row_id: name("row_id"),
    type: name("type"),
    name: name("name"),
    email: name("email"),
    youtube_playlist: name("youtube_playlist"),
    google_drive: name("google_drive"),
  });
}
