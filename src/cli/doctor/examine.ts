import { resolve } from "node:path";
import { type BackendInfo, backendInfo, type DType, kernels } from "../../index.ts";
import type { Context } from "../context.ts";
import { type Check, checked } from "./check.ts";
import { checkFolders } from "./folders.ts";
import { differingKernels } from "./kernel_parity.ts";
import { trainingDifference } from "./training_parity.ts";

const DTYPES: readonly DType[] = ["float32", "float64"];

/**
 * How far the answers of a short training, between 0 and 1, may differ under the fast arithmetic: what it rounds otherwise,
 * in the last of 24 or 53 bits, has grown over a few hundred steps by less than a factor of 1,000.
 */
export const FAST_TOLERANCE: Readonly<Record<DType, number>> = { float32: 1e-4, float64: 1e-13 };

/** The checks, in the order in which they are shown. `backend` is undefined where none can be chosen. */
export interface Examination {
  readonly backend: BackendInfo | undefined;
  readonly checks: readonly Check[];
}

/**
 * Looks at all that trainings rest on.
 *
 * @param env - of the process, by which the backend was chosen
 */
export async function examine(env: Context["env"]): Promise<Examination> {
  let backend: BackendInfo | undefined;
  const choice = await checked("backend", () => {
    backend = backendInfo();
    return backendCheck(backend, env.DOWNHILL_NATIVE_PATH);
  });
  const checks = [choice];
  // Without a choice of a backend there is nothing that could be run.
  if (backend) {
    checks.push(await checked("kernels", checkKernels));
    checks.push(await checked("reproducible training", checkReproducible));
    checks.push(await checked("fast training", checkFast));
  }
  checks.push(await checked("folders", checkFolders));
  return { backend, checks };
}

function backendCheck(
  { backend, isa, reason, attempts }: BackendInfo,
  wanted: string | undefined,
): Omit<Check, "name"> {
  const failure = wanted ? attempts.find(({ path }) => path === resolve(wanted)) : undefined;
  if (backend === "native") {
    const detail = `native, ${isa}: ${reason}`;
    if (!failure) return { outcome: "ok", detail };
    const advice = `correct DOWNHILL_NATIVE_PATH, or do not set it: ${failure.error}`;
    return { outcome: "warning", detail: `${detail}, not DOWNHILL_NATIVE_PATH, ${failure.path}`, advice };
  }
  const advice =
    attempts.length === 0
      ? "native code, which is many times faster, is looked for when DOWNHILL_BACKEND is not set"
      : "native code is many times faster; to compile it for this machine: node node_modules/downhill/scripts/build-from-source.mjs";
  return { outcome: "warning", detail: `only TypeScript: ${reason}`, advice };
}

const NOTHING_TO_COMPARE = {
  outcome: "skipped",
  detail: "there is no native code to compare TypeScript with",
} as const;
const REPAIR = "the binary does not fit this machine: compile it here, or set DOWNHILL_BACKEND=typescript";

export function checkKernels({ native, typescript } = kernels): Omit<Check, "name"> {
  if (!native) return NOTHING_TO_COMPARE;
  const differing = differingKernels(native, typescript);
  if (differing.length === 0) return { outcome: "ok", detail: "every kernel gives the same bits as TypeScript" };
  return { outcome: "failed", detail: `${differing.join(", ")} give other bits than TypeScript`, advice: REPAIR };
}

async function checkReproducible(): Promise<Omit<Check, "name">> {
  if (!kernels.native) return NOTHING_TO_COMPARE;
  const arithmetic = "reproducible";
  for (const dtype of DTYPES) {
    const difference = await trainingDifference(
      { backend: "native", arithmetic },
      { backend: "typescript", arithmetic },
      dtype,
    );
    if (difference === 0) continue;
    const detail = `in ${dtype} native code and TypeScript come to answers that differ by ${difference.toExponential(1)}`;
    return { outcome: "failed", detail, advice: REPAIR };
  }
  return { outcome: "ok", detail: "native code and TypeScript come to the same bits" };
}

async function checkFast(): Promise<Omit<Check, "name">> {
  const backend = kernels.native ? "native" : "typescript";
  const found: string[] = [];
  for (const dtype of DTYPES) {
    const difference = await trainingDifference(
      { backend, arithmetic: "fast" },
      { backend, arithmetic: "reproducible" },
      dtype,
    );
    const words = `${difference.toExponential(1)} in ${dtype}`;
    if (!(difference <= FAST_TOLERANCE[dtype])) {
      const detail = `fast arithmetic comes to answers that differ by ${words}, more than ${FAST_TOLERANCE[dtype]}`;
      return { outcome: "failed", detail, ...(backend === "native" && { advice: REPAIR }) };
    }
    found.push(words);
  }
  return { outcome: "ok", detail: `fast arithmetic differs from reproducible by ${found.join(" and ")}` };
}
