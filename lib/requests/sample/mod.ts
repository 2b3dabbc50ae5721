/** Made-up requests with their files, to try every script on. */

export {
  openSampleServer,
  runSample,
  sampleFolder,
  type SampleOptions,
  type SampleReport,
} from "./run_sample.ts";
export type { SampleServer } from "./serve_sample.ts";
