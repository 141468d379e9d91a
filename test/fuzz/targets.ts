import { api } from "./api.ts";
import { boundaryJobs } from "./boundary_jobs.ts";
import { boundaryKernels } from "./boundary_kernels.ts";
import { boundaryNetworks } from "./boundary_networks.ts";
import { checkpoint } from "./checkpoint.ts";
import { csv } from "./csv.ts";
import { encoding } from "./encoding.ts";
import { foreignJson } from "./foreign_json.ts";
import { idx } from "./idx.ts";
import { networkJson } from "./network_json.ts";
import { onnx } from "./onnx.ts";
import { safetensors } from "./safetensors.ts";
import type { Target } from "./target.ts";

/** Everything that is fuzzed, in the order of the table. */
export const TARGETS: readonly Target[] = [
  boundaryKernels,
  boundaryNetworks,
  boundaryJobs,
  api,
  networkJson,
  foreignJson,
  safetensors,
  idx,
  csv,
  checkpoint,
  encoding,
  onnx,
];
