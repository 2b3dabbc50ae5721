/** The two downloads that a row can ask for. */

/** Which of a row's downloads is meant: the columns' names begin with it. */
export type DownloadType = "youtube" | "drive";
