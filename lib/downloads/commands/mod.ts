/** What the commands on downloads do and say, as far as it is more than one call of the library. */

export * from "./csv_argument.ts";
export * from "./find_row_or_files.ts";
export * from "./monitor_downloads.ts";
export * from "./reset_rows.ts";
export * from "./status_text.ts";
