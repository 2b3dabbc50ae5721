/** From a finished download to a file with a name and a history. */

export * from "./attempt_folder.ts";
export * from "./file_name.ts";
export * from "./html_content.ts";
export * from "./metadata_file.ts";
export * from "./publish_file.ts";
export * from "./published_files.ts";
