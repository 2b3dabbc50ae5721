/** Restoring the files of districts and running their requests again. */

export {
  type DistrictRefreshTask,
  refreshDistricts,
  resumeDistrictRefresh,
} from "./district_refresh_workflow.ts";
export {
  type DistrictRefreshData,
  districtRefreshText,
  type RefreshOutcome,
} from "./refresh_report.ts";
