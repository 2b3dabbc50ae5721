/** The workflows that operators run most. */

import { DatabaseManager } from "../../database/mod.ts";
import { AsyncRequestManager } from "../async_request_manager.ts";
import { FileManager } from "../files/mod.ts";
import type { RequestManagerOptions } from "../request_manager.ts";
import { bulkDownload, type BulkDownloadData, resumeBulkDownload } from "./bulk_download/mod.ts";
import {
  type DistrictRefreshData,
  type DistrictRefreshTask,
  refreshDistricts,
  resumeDistrictRefresh,
} from "./district_refresh/mod.ts";
import {
  type MonitoringData,
  type MonitoringOptions,
  monitorIntegrations,
  resumeMonitoring,
} from "./monitoring/mod.ts";
import { runsFolder } from "./runs/mod.ts";
import type { WorkflowResult } from "./workflow_result.ts";
import type {
  FileRunControl,
  NewRunControl,
  RunControl,
  WorkflowSources,
} from "./workflow_sources.ts";

/** What {@link CommonWorkflows} works with. */
export interface CommonWorkflowsOptions extends RequestManagerOptions {
  /** The folder in which runs are kept. Defaults to `runs` in `OPSDECK_HOME`. */
  runsFolder?: string;
}

/** What a refresh can be told besides the reference's parameters. */
export interface DistrictRefreshOptions
  extends NewRunControl, Pick<DistrictRefreshTask, "requestedBy" | "tempDir" | "maxConcurrent"> {}

/**
 * Common workflows over requests (reference: requests, CommonWorkflows). Each is a run: it keeps
 * what it works on and what it has done in a journal, and `resume…` goes on with it after any
 * interruption, `kill -9` included, without doing anything twice. Close it, best with `await using`: that closes what it opened itself.
 *
 * ```ts ignore
 * import { CommonWorkflows } from "./common_workflows.ts";
 *
 * await using workflows = new CommonWorkflows();
 * const { success, message } = await workflows.districtRefreshWorkflow([123, 456]);
 * ```
 */
export class CommonWorkflows implements AsyncDisposable {
  readonly #sources: Omit<WorkflowSources, "runsFolder">;
  readonly #runsFolder: string | undefined;
  readonly #own = new AsyncDisposableStack();

  /** Prepares it; nothing is connected to before the first use. */
  constructor(options: CommonWorkflowsOptions = {}) {
    const database = options.database ?? this.#own.use(new DatabaseManager());
    const files = options.files ?? this.#own.use(new FileManager());
    const requests = this.#own.use(new AsyncRequestManager({ database, files }));
    this.#sources = { database, requests };
    this.#runsFolder = options.runsFolder;
  }

  /**
   * Finds the latest request of each district and type, restores its file, deletes its checksums,
   * and sets it to run again; the last two in one transaction for all.
   *
   * Steps: `find_requests`, `restore_files` (with `restoreFiles`), `clear_checksums` (with
   * `deleteChecksums`), `rerun_requests`. A request whose file cannot be restored is reported and
   * not run again, and the others go on. A request that waits to run already is left to that.
   *
   * @throws ValidationError when a parameter is out of its range.
   * @throws DatabaseConnectionError when the database cannot be reached.
   */
  async districtRefreshWorkflow(
    districtIds: readonly number[],
    typeNames: readonly string[] = ["SAT", "PSAT"],
    deleteChecksums: boolean = true,
    restoreFiles: boolean = true,
    showProgress: boolean = true,
    options: DistrictRefreshOptions = {},
  ): Promise<WorkflowResult<DistrictRefreshData>> {
    return await refreshDistricts(this.#withRuns(), {
      ...options,
      districtIds,
      typeNames,
      deleteChecksums,
      restoreFiles,
      showProgress,
    });
  }

  /**
   * Goes on with a refresh, under the parameters that it began with. What failed is tried again.
   *
   * @throws ValidationError when there is no such run, or it works on another database.
   * @throws FileOperationError with the code `RUN_IN_USE` when another process works on it.
   */
  async resumeDistrictRefresh(
    runId: string,
    showProgress: boolean = true,
    options: FileRunControl = {},
  ): Promise<WorkflowResult<DistrictRefreshData>> {
    return await resumeDistrictRefresh(this.#withRuns(), runId, { ...options, showProgress });
  }

  /**
   * Finds the latest requests of all districts, or of those named, downloads their files, and
   * writes a report beside them: `bulk_download_<run>.json` and `.html`.
   *
   * Steps: `find_requests`, `download_files`, `generate_report`. A request whose file cannot be had
   * is reported, and the others go on.
   *
   * @throws ValidationError when a parameter is out of its range.
   * @throws DatabaseConnectionError when the database cannot be reached.
   */
  async bulkFileDownloadWorkflow(
    typeNames: readonly string[],
    districtIds?: readonly number[],
    localDir: string = "~/Downloads/bulk_download",
    maxConcurrent: number = 5,
    showProgress: boolean = true,
    options: NewRunControl = {},
  ): Promise<WorkflowResult<BulkDownloadData>> {
    return await bulkDownload(this.#withRuns(), {
      ...options,
      typeNames,
      districtIds,
      localDir,
      maxConcurrent,
      showProgress,
    });
  }

  /**
   * Goes on with a bulk download, under the parameters that it began with. What failed is tried
   * again, and the report is written anew.
   *
   * @throws ValidationError when there is no such run, or it works on another database.
   * @throws FileOperationError with the code `RUN_IN_USE` when another process works on it.
   */
  async resumeBulkFileDownload(
    runId: string,
    showProgress: boolean = true,
    options: FileRunControl = {},
  ): Promise<WorkflowResult<BulkDownloadData>> {
    return await resumeBulkDownload(this.#withRuns(), runId, { ...options, showProgress });
  }

  /**
   * Counts the requests of the last days by type, district and day, works out success and failure
   * rates, and names the districts with issues. It changes nothing in the database.
   *
   * Steps: `find_recent_requests`, `analyze_rates`, `identify_districts`, `generate_report`.
   *
   * @throws ValidationError when a parameter is out of its range.
   * @throws DatabaseConnectionError when the database cannot be reached.
   */
  async integrationMonitoringWorkflow(
    integrationTypes: readonly string[] = ["SAT", "PSAT"],
    daysBack: number = 7,
    showProgress: boolean = true,
    options: MonitoringOptions = {},
  ): Promise<WorkflowResult<MonitoringData>> {
    return await monitorIntegrations(this.#withRuns(), {
      ...options,
      showProgress,
      integrationTypes,
      daysBack,
    });
  }

  /**
   * Goes on with a monitoring, on what it had counted; `report.until` says when that was.
   *
   * @throws ValidationError when there is no such run, or it works on another database.
   * @throws FileOperationError with the code `RUN_IN_USE` when another process works on it.
   */
  async resumeIntegrationMonitoring(
    runId: string,
    showProgress: boolean = true,
    options: RunControl = {},
  ): Promise<WorkflowResult<MonitoringData>> {
    return await resumeMonitoring(this.#withRuns(), runId, { ...options, showProgress });
  }

  /** Closes what it opened. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#own[Symbol.asyncDispose]();
  }

  /** Where runs are kept is only asked for when one is. */
  #withRuns(): WorkflowSources {
    return { ...this.#sources, runsFolder: this.#runsFolder ?? runsFolder() };
  }
}
