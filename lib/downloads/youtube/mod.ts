/** Downloads of videos, playlists and transcripts by yt-dlp. */

export { downloadYoutubeWithContext, type YoutubeDownloadOptions } from "./download_youtube.ts";
export { type MediaRequest, mediaRequest, type MediaRequestOptions } from "./media_request.ts";
export { findYtdlp, oldestYtdlpVersion, ytdlpPath, type YtdlpProgram } from "./ytdlp_program.ts";
export { diagnoseYtdlp, type YtdlpDiagnosis } from "./ytdlp_diagnosis.ts";
