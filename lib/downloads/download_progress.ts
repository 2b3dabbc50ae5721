/** How far a download has come, for progress lines and logs. */

/** A moment of a download. */
export interface DownloadProgress {
  /** The title or name of what is downloaded; its address before either is known. */
  label: string;
  /** Which item of a playlist or folder it is, from 1. */
  item: number;
  /** How many items there are. */
  itemCount: number;
  /** `finding` asks what there is, `downloading` moves bytes, `processing` merges or converts. */
  phase: "finding" | "downloading" | "processing";
  /** How many bytes of the present file are there. */
  bytes: number;
  /** How many there will be; null when that is not known. */
  totalBytes: number | null;
  /** How fast they come; null when that is not known yet. */
  bytesPerSecond: number | null;
  /** How long the rest will take, in milliseconds; null when that is not known. */
  etaMs: number | null;
}

/** Gets to know how far a download has come; called a few times a second at most. */
export type OnProgress = (progress: DownloadProgress) => void;
