import { DownhillError, describe } from "../errors.ts";
import { bytesOf, layoutOf } from "../layout.ts";
import { ABI, createModel } from "../model.ts";
import { encodeOptimizer } from "../optimizer.ts";
import { MOST_THREADS } from "../options.ts";
import { currentPlatform } from "../platform.ts";
import type { Arithmetic, DType, Values } from "../types.ts";
import { chunksAtOnce, JobGate } from "./job_gate.ts";
import { KERNEL_LIST } from "./kernel_list.ts";
import { checkedKernels } from "./kernels.ts";
import { allocateValues, type Backend, type EvaluationJob, type Job, type TrainingJob } from "./types.ts";

/** What the binary exports (`native/addon.cc`). `selector` is the instruction set's index times two, plus 1 for reproducible. */
export interface Addon {
  readonly abi: number;
  /** The ones this machine can run, the best first. */
  readonly instructionSets: readonly string[];
  readonly kernels: Readonly<Record<string, (selector: number, ...rest: readonly unknown[]) => void>>;
  describeLayout(model: Float64Array): number[];
  bytesToAlignment(buffer: ArrayBuffer): number;
  forward(selector: number, arena: Values): void;
  step(selector: number, arena: Values, learningRate: number): number;
  gradient(selector: number, arena: Values, gradient: Values): number;
  train(selector: number, job: object): Promise<void>;
  evaluate(selector: number, job: object): Promise<void>;
  evaluateSync(selector: number, job: object): void;
}

/** Throws where a loaded file is not an addon of this version of the package: a failure to load like any other. */
export function assertCompatible(loaded: unknown): asserts loaded is Addon {
  const addon = loaded as Partial<Addon>;
  if (addon?.abi !== ABI) {
    throw new Error(`its ABI number is ${describe(addon?.abi)}, this version of the package needs ${ABI}`);
  }
  for (const { name } of KERNEL_LIST) {
    if (typeof addon.kernels?.[name] !== "function") throw new Error(`it has no kernel ${name}`);
  }
  for (const dtype of ["float32", "float64"] as const) assertSameLayout(addon as Addon, dtype);
}

/** Both sides compute the layout; here they are compared on shapes around the width of a vector. */
function assertSameLayout(addon: Addon, dtype: DType): void {
  const sizes = [1, 7, 8, 15, 16, 17, 33, 300, 511, 1023, 5];
  const linear = { kind: "linear", parameter: 1, derivativeParameter: 1 } as const;
  const model = createModel(
    sizes,
    sizes.slice(1).map(() => linear),
    { dtype, arithmetic: "fast", loss: "squaredError" },
  );
  const layout = layoutOf(sizes, dtype);
  const { parameterValues, workspaceValues, logits, target, sampleValues } = layout;
  const expected = [parameterValues, workspaceValues, logits, target, sampleValues];
  for (const layer of layout.layers) {
    expected.push(layer.stride, layer.weights, layer.input, layer.output, layer.psi, layer.outputStride);
  }
  const given = addon.describeLayout(model.encoded);
  if (given.length !== expected.length || given.some((value, i) => value !== expected[i])) {
    throw new Error(`it lays out ${dtype} networks in another way than this version of the package`);
  }
}

/**
 * The native backend on one instruction set.
 *
 * @param isa - a name that DOWNHILL_ISA knows; the best of this machine when undefined
 * @throws DownhillError `ERR_BACKEND_UNAVAILABLE` for an instruction set that this machine or binary does not have
 */
export function nativeBackend(addon: Addon, isa?: string): Backend {
  const index = isa === undefined ? 0 : addon.instructionSets.indexOf(isa);
  if (index < 0) {
    throw new DownhillError(
      "ERR_BACKEND_UNAVAILABLE",
      `DOWNHILL_ISA is ${describe(isa)}, expected one that this machine and binary can run: ${addon.instructionSets.join(", ")}`,
    );
  }
  const selectorOf = (arithmetic: Arithmetic) => index * 2 + (arithmetic === "reproducible" ? 1 : 0);
  const gate = new JobGate(chunksAtOnce(currentPlatform().variable?.("UV_THREADPOOL_SIZE")));

  return {
    name: "native",
    isa: addon.instructionSets[index],
    chunkSeconds: 0.05,
    threads: Math.min(currentPlatform().processors ?? 1, MOST_THREADS),
    kernels: checkedKernels((entry, arithmetic, matrix, vectors, scalars) => {
      const run = addon.kernels[entry.name];
      const selector = selectorOf(arithmetic);
      if (matrix) run(selector, matrix.data, matrix.rows, matrix.columns, ...vectors, ...scalars);
      else run(selector, ...vectors, ...(scalars.length > 0 ? scalars : [1]));
    }),
    allocate(dtype, length) {
      const roomy = allocateValues(dtype, length + 64 / bytesOf(dtype));
      const first = addon.bytesToAlignment(roomy.buffer as ArrayBuffer) / bytesOf(dtype);
      return roomy.subarray(first, first + length);
    },
    forward(model, state) {
      addon.forward(selectorOf(model.arithmetic), state.arena);
    },
    step(model, state, learningRate) {
      return addon.step(selectorOf(model.arithmetic), state.arena, learningRate);
    },
    gradient(model, state, gradient) {
      return addon.gradient(selectorOf(model.arithmetic), state.arena, gradient);
    },
    train: (job) => gate.run(() => addon.train(selectorOf(job.model.arithmetic), nativeTrainingJob(job))),
    evaluate: (job) => gate.run(() => addon.evaluate(selectorOf(job.model.arithmetic), nativeEvaluationJob(job))),
    evaluateSync: (job) => addon.evaluateSync(selectorOf(job.model.arithmetic), nativeEvaluationJob(job)),
  };
}

/** The fields that `kFieldNames` in `native/training_job.cc` lists. */
function nativeJob({ state, samples, control, lossSums, budgetSeconds, block, threads }: Job) {
  return {
    arena: state.arena,
    inputs: samples.inputs,
    inputScale: samples.inputScale,
    targets: samples.targets ?? samples.labels,
    control,
    lossSums,
    budgetSeconds,
    block,
    threads,
  };
}

function nativeTrainingJob(job: TrainingJob) {
  const { order, from, batchSize, learningRates, gradient } = job;
  const { optimizerState, optimizerPowers, sampleWeights, dropout, dropoutKeys } = job;
  return {
    ...nativeJob(job),
    order,
    from,
    batchSize,
    learningRates,
    optimizer: encodeOptimizer(job.optimizer),
    optimizerState,
    optimizerPowers,
    sampleWeights,
    dropout,
    dropoutKeys,
    gradient,
  };
}

function nativeEvaluationJob(job: EvaluationJob) {
  const { from, to, outputs } = job;
  return { ...nativeJob(job), from, to, outputs };
}
