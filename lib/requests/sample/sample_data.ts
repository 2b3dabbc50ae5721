/** Made-up requests: several hundred districts, four types, a month. */

import { requestStatus } from "../request_row.ts";

/** A type of the sample. */
export interface SampleType {
  DataRequestTypeID: number;
  Name: string;
  SftpDirectory: string;
  ProcessedDirectory: string;
}

/** A request of the sample. */
export interface SampleRequest {
  RequestID: number;
  DistrictID: number;
  DataRequestTypeID: number;
  ImportedFileName: string;
  Status: number;
  RequestTime: string;
}

/** How the processed copy of a request's file is there. */
export type SampleCopy = "plain" | "stamped" | "gz" | "several" | "missing";

/** The types. */
export const sampleTypes: readonly SampleType[] = [
  "SAT",
  "SAT School Day",
  "PSAT/NMSQT",
  "PSAT 8/9",
].map((Name, index) => {
  const folder = Name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return {
    DataRequestTypeID: index + 1,
    Name,
    SftpDirectory: `/import/{DistrictID}/${folder}`,
    ProcessedDirectory: `/processed/{DistrictID}/${folder}`,
  };
});

/** The ids of the districts. */
const sampleDistricts: readonly number[] = Array.from(
  { length: 300 },
  (_, index) => 1001 + index,
);

/** The keys of each request's checksums. */
export const sampleChecksumKeys: readonly string[] = ["header", "rows"];

const perTypeAndDistrict = 3;
const dayMs = 24 * 60 * 60 * 1000;

/** Makes the requests: the same ones each time, the latest of them shortly before `now`. */
export function sampleRequests(now: Date): SampleRequest[] {
  const requests: SampleRequest[] = [];
  for (let round = perTypeAndDistrict - 1; round >= 0; round--) {
    for (const DistrictID of sampleDistricts) {
      for (const { DataRequestTypeID, SftpDirectory } of sampleTypes) {
        const RequestID = requests.length + 1;
        const ageMs = (round * 10 + (DistrictID % 7) + DataRequestTypeID / 5) * dayMs;
        const requestedAt = new Date(now.getTime() - ageMs);
        const kind = SftpDirectory.split("/").at(-1) ?? "";
        requests.push({
          RequestID,
          DistrictID,
          DataRequestTypeID,
          ImportedFileName: `${kind}_${DistrictID}_${RequestID}.csv`,
          Status: statusOf(RequestID, DistrictID),
          RequestTime: requestedAt.toISOString(),
        });
      }
    }
  }
  return requests;
}

/** Most are completed; some districts fail again and again. */
function statusOf(requestId: number, districtId: number): number {
  if (districtId % 50 === 0) return requestStatus.failed;
  if (requestId % 11 === 0) return requestStatus.failed;
  if (requestId % 37 === 0) return requestStatus.processing;
  if (requestId % 41 === 0) return requestStatus.pending;
  if (requestId % 97 === 0) return requestStatus.cancelled;
  return requestStatus.completed;
}

/** Tells how the processed copy of a request's file is there. */
export function sampleCopy({ RequestID }: SampleRequest): SampleCopy {
  const copies = ["plain", "stamped", "gz", "several"] as const;
  return RequestID % 40 === 0 ? "missing" : copies[RequestID % copies.length] ?? "plain";
}

/** Makes the content of a request's file. */
export function sampleContent({ RequestID, DistrictID }: SampleRequest): string {
  const lines = ["student_id,district_id,score"];
  for (let row = 0; row < 100; row++) {
    const score = 400 + ((RequestID * 31 + row * 17) % 121) * 10;
    lines.push(`${DistrictID}${String(row).padStart(4, "0")},${DistrictID},${score}`);
  }
  return lines.join("\n") + "\n";
}
