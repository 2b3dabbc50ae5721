/** What YouTube and Drive have in common: items of a row that become files. */

import { type OpsdeckError, ValidationError } from "../core/mod.ts";
import { type DownloadOptions, downloadsFolderOf } from "./download_options.ts";
import type { DownloadType } from "./download_type.ts";
import { concernsAllItems, isHopeless, itemFailure } from "./item_failure.ts";
import type { ItemResult } from "./item_result.ts";
import {
  type AttemptFolder,
  type EarlierFile,
  findPublishedFiles,
  openAttemptFolder,
  publishFile,
} from "./publishing/mod.ts";
import type { RowContext } from "./row_context.ts";
import type { FinishedItem, Item } from "./row_item.ts";

/** What a {@link RowDownload} is begun with. */
export interface RowDownloadOptions extends DownloadOptions {
  /** Whether metadata files are written. */
  metadata: boolean;
  /** What is asked for beyond the address, as one text. */
  variant: string;
}

/** The download of a row, item by item. */
export class RowDownload {
  /** What became of the items so far, in their order. */
  readonly results: ItemResult[] = [];
  /** The folder of downloads. */
  readonly downloadsFolder: string;
  readonly #downloadType: DownloadType;
  readonly #sourceUrl: string;
  readonly #rowContext: RowContext;
  readonly #options: RowDownloadOptions;
  #earlier: readonly EarlierFile[] = [];
  #obstacle: OpsdeckError | undefined;

  private constructor(
    downloadType: DownloadType,
    sourceUrl: string,
    rowContext: RowContext,
    options: RowDownloadOptions,
  ) {
    this.#downloadType = downloadType;
    this.#sourceUrl = sourceUrl;
    this.#rowContext = rowContext;
    this.#options = options;
    this.downloadsFolder = downloadsFolderOf(options);
  }

  /** Begins the download of a row: looks up what the row has got already. */
  static async begin(
    downloadType: DownloadType,
    sourceUrl: string,
    rowContext: RowContext,
    options: RowDownloadOptions,
  ): Promise<RowDownload> {
    options.signal?.throwIfAborted();
    const row = new RowDownload(downloadType, sourceUrl, rowContext, options);
    if (!options.force) {
      const since = options.redoBefore?.toISOString() ?? "";
      row.#earlier = (await findPublishedFiles(row.downloadsFolder, downloadType, rowContext))
        .filter(({ metadata }) => metadata.downloaded_at >= since);
    }
    return row;
  }

  /**
   * Counts an item whose files an earlier run has published, and gives whether there is such a one.
   */
  isThere({ url }: Pick<Item, "url">): boolean {
    const files = this.#earlier.filter(({ metadata }) =>
      metadata.item_url === url && metadata.variant === this.#options.variant
    );
    const [first] = files;
    if (first === undefined || files.length < first.metadata.item_files) return false;
    this.results.push({
      url,
      media_id: first.metadata.media_id,
      title: first.metadata.title,
      outcome: "already_there",
      files: files.map(({ metadata }) => metadata.file_name),
      metadata_file: first.metadata_file,
      error: null,
    });
    return true;
  }

  /**
   * Does work on an item, and gives what it gives; when it fails, the item is counted as failed.
   *
   * After a failure that the next item would meet too (a rate limit, a quota, a full disk), the
   * items that follow are counted as failed without any work.
   *
   * @throws ConfigurationError when something is missing that no download goes without; the reason
   * of the signal
   */
  async attempt<T>(item: Item, work: () => Promise<T>): Promise<T | undefined> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    try {
      if (this.#obstacle !== undefined) throw this.#obstacle;
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      const failure = itemFailure(error, item.url);
      if (concernsAllItems(failure)) this.#obstacle = failure;
      this.results.push({
        url: item.url,
        media_id: item.mediaId,
        title: item.title,
        outcome: "failed",
        files: [],
        metadata_file: null,
        error: failure,
      });
      return undefined;
    }
  }

  /** Downloads an item by `work`, in a folder of its own, and publishes its files. */
  async download(
    item: Item,
    work: (attempt: AttemptFolder) => Promise<FinishedItem>,
  ): Promise<void> {
    await this.attempt(item, async () => {
      using attempt = await openAttemptFolder(
        this.downloadsFolder,
        this.#downloadType,
        this.#rowContext,
        `${item.url} ${this.#options.variant}`,
      );
      try {
        this.results.push(await this.#publish(item, await work(attempt)));
      } catch (error) {
        if (isHopeless(error)) await attempt.remove();
        throw error;
      }
      // The file is in its place; what is left here is removed by the next attempt, if ever.
      await attempt.remove().catch(() => {});
    });
  }

  /** Ends the download: a row without any item has failed, since it was to have some. */
  end(): readonly ItemResult[] {
    if (this.results.length > 0) return this.results;
    const error = new ValidationError(
      `Cannot download ${this.#sourceUrl} as there is nothing in it; check the address`,
      { code: "NO_ITEMS", context: { url: this.#sourceUrl } },
    );
    const nothing = { media_id: null, title: null, files: [], metadata_file: null };
    this.results.push({ url: this.#sourceUrl, outcome: "failed", ...nothing, error });
    return this.results;
  }

  async #publish(item: Item, { mediaId, title, files }: FinishedItem): Promise<ItemResult> {
    const published = [];
    for (const { path, stem, mark, extension, isEmptyAtSource = false, details } of files) {
      published.push(
        await publishFile({
          path,
          stem,
          mark,
          extension,
          mayBeEmpty: isEmptyAtSource,
          downloadsFolder: this.downloadsFolder,
          rowContext: this.#rowContext,
          metadata: this.#options.metadata,
          signal: this.#options.signal,
          source: {
            download_type: this.#downloadType,
            source_url: this.#sourceUrl,
            item_url: item.url,
            media_id: mediaId,
            title,
            variant: this.#options.variant,
            item_files: files.length,
            details,
          },
        }),
      );
    }
    return {
      url: item.url,
      media_id: mediaId,
      title,
      outcome: "downloaded",
      files: published.map(({ file_name }) => file_name),
      metadata_file: published[0]?.metadata_file ?? null,
      error: null,
    };
  }
}
