import type { DType } from "downhill";
import type { LimitKind } from "../limits/limits.ts";
import type { Machine } from "../machine.ts";
import type { Spread } from "../measure.ts";
import type { Workload } from "../peers/protocol.ts";
import type { Commit } from "./commit.ts";

/** Raised with every change that a reader of older files would misunderstand. */
export const SCHEMA = 1;

/** Everything that one run of the bench found: what its file holds. */
export interface Results {
  readonly schema: typeof SCHEMA;
  readonly machine: Machine;
  /** Undefined outside a git checkout. */
  readonly commit?: Commit;
  readonly settings: Settings;
  readonly limits: LimitsResult;
  readonly workloads: readonly WorkloadResult[];
  readonly growth?: readonly GrowthResult[];
  readonly threads?: readonly ThreadsResult[];
  readonly memory?: MemoryReport;
  readonly import?: readonly ImportResult[];
  readonly install?: readonly InstallResult[];
}

/** What was asked for. */
export interface Settings {
  readonly quick: boolean;
  /** Workloads and sections; undefined: all of them. */
  readonly only?: readonly string[];
  readonly peers: readonly string[];
  readonly rounds: number;
  readonly sampleSeconds: number;
}

/** The limits over the whole run, or why there are none. */
export interface LimitsResult {
  readonly missing?: string;
  readonly measured: readonly LimitResult[];
}

export interface LimitResult {
  readonly limit: LimitKind;
  /** Floating-point operations or bytes a second. */
  readonly rate: Spread;
}

/** Who did the work, and how. */
export interface Identity {
  /** `downhill`, or the peer's id. */
  readonly family: string;
  readonly title: string;
  readonly variant: string;
  readonly how: string;
  readonly threads: number;
  readonly dtype: DType;
}

export interface ContenderResult extends Identity {
  /** Of the package that was measured; undefined where it never answered. */
  readonly version?: string;
  readonly outcome: "measured" | "absent" | "unsupported" | "failed";
  /** Why it was not measured, or not to the end. */
  readonly why?: string;
  /** Units a second. */
  readonly rate?: Spread;
  /** Prediction: the largest difference of an output; training: of the mean loss, as a share of the reference's. */
  readonly error?: number;
  readonly lossBefore?: number;
  readonly lossAfter?: number;
  /** At the end of the last sample, where the contender tells. */
  readonly lastLoss?: number;
  /** Measured over the limit's rate in the same rounds. */
  readonly shareOfLimit?: number;
}

export interface WorkloadResult {
  readonly workload: Workload;
  /** In float64; for training. */
  readonly reference?: { readonly lossBefore: number; readonly lossAfter: number };
  readonly limits: readonly LimitResult[];
  readonly contenders: readonly ContenderResult[];
}

/** Training [n, n, n] in batches. */
export interface GrowthResult {
  readonly units: number;
  readonly backend: "native" | "TypeScript";
  readonly threads: number;
  /** Samples a second. */
  readonly rate: Spread;
  /** Seconds of one multiplication and addition. */
  readonly secondsPerMultiplyAdd: number;
}

export interface ThreadsResult {
  readonly workload: string;
  readonly threads: number;
  /** Samples a second. */
  readonly rate: Spread;
  readonly speedup: number;
}

export interface MemoryReport {
  readonly workload: string;
  readonly parameterBytes: number;
  readonly dataBytes: number;
  readonly contenders: readonly MemoryResult[];
}

export interface MemoryResult {
  readonly title: string;
  readonly how: string;
  readonly threads: number;
  /** Of the process before it loaded anything. */
  readonly idleBytes: number;
  readonly peakBytes: number;
}

export interface ImportResult {
  readonly title: string;
  readonly version: string;
  readonly milliseconds: Spread;
}

export interface InstallResult {
  readonly title: string;
  readonly version: string;
  /** With its dependencies. */
  readonly packages: number;
  readonly packedBytes: number;
  readonly unpackedBytes: number;
  /** Of this package, the platforms whose binaries it was packed with. */
  readonly platforms?: readonly string[];
}
