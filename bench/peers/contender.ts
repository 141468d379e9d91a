/** What a contender in JavaScript does, and how that is checked and timed. */
import { readWorkloadData, type WorkloadData } from "../workloads/data.ts";
import { type Prepare, type Prepared, type Ready, type SampleResult, Unsupported, type Workload } from "./protocol.ts";

/** Takes the samples or inputs from `first` to `last` − 1, multiples of what is taken at once. */
type Work = (first: number, last: number) => void | Promise<void>;

/** A network that learns from the samples of a workload. */
export interface Trainer {
  readonly how: string;
  /** Takes the samples from `first` to `last` − 1 in order, a batch size at a time. */
  train(first: number, last: number): void;
  /** What the network answers to input `row`, or to as many from it on as it likes best. */
  outputs(row: number): ArrayLike<number>;
  /** How many inputs the losses are of, where all of them would take minutes. */
  readonly comparedSamples?: number;
}

/** A network that answers the inputs of a workload. */
export interface Predictor {
  readonly how: string;
  /** Answers `inputsACall` inputs from `row` on. */
  predict(row: number): ArrayLike<number> | Promise<ArrayLike<number>>;
  /** How many it takes at once; default: all that the workload allows. */
  readonly inputsACall?: number;
  /** How many answers are compared, where all of them would take minutes. */
  readonly comparedSamples?: number;
}

/** What a contender needs to make a network. */
export interface Task {
  readonly workload: Workload;
  readonly data: WorkloadData;
  /** The `id` of the way that was asked for. */
  readonly way: string;
  readonly threads: number;
}

/** A contender: a library, loaded, and the networks that it makes. */
export interface Contender {
  readonly name: string;
  readonly version: string;
  trainer?(task: Task): Trainer | Promise<Trainer>;
  predictor?(task: Task): Predictor | Promise<Predictor>;
}

/** Answers the bench for a contender, which is loaded when it is asked for. */
export function prepareWith(load: (way: string) => Contender | Promise<Contender>): Prepare {
  return async (request) => {
    const { id: way, threads } = request.variant;
    const contender = await load(way);
    const { workload } = request;
    const task = { workload, data: readWorkloadData(request.folder, workload), way, threads };
    const trains = workload.kind === "online" || workload.kind === "batch";
    const { check, sample } = trains ? await trained(contender, task) : await predicted(contender, task);
    return { ready: { name: contender.name, version: contender.version, ...check }, sample };
  };
}

interface Measured {
  readonly check: Pick<Ready, "how" | "error" | "lossBefore" | "lossAfter">;
  readonly sample: Prepared["sample"];
}

/** Lets it learn from the first samples: contenders that do the same agree in the loss after them. */
async function trained(contender: Contender, task: Task): Promise<Measured> {
  const { workload } = task;
  const trainer = await contender.trainer?.(task);
  if (!trainer) throw new Unsupported(`${contender.name} does not train`);
  const lossBefore = meanLoss(trainer, task);
  trainer.train(0, workload.checkSamples);
  const lossAfter = meanLoss(trainer, task);
  const work: Work = (first, last) => trainer.train(first, last);
  return {
    check: { how: trainer.how, lossBefore, lossAfter },
    sample: paced(work, workload.samples, workload.batchSize),
  };
}

/** The mean over the samples of Σ (t − y)². */
function meanLoss(trainer: Trainer, { workload, data }: Task): number {
  const samples = trainer.comparedSamples ?? workload.samples;
  const outputs = workload.layers[workload.layers.length - 1];
  let sum = 0;
  for (let row = 0; row < samples; ) {
    const answers = trainer.outputs(row);
    for (let i = 0; i < answers.length; i++) sum += (data.targets[row * outputs + i] - answers[i]) ** 2;
    row += answers.length / outputs;
  }
  return sum / samples;
}

/** Compares all answers with the exact ones. */
async function predicted(contender: Contender, task: Task): Promise<Measured> {
  const { workload, data } = task;
  const predictor = await contender.predictor?.(task);
  if (!predictor) throw new Unsupported(`${contender.name} does not predict`);
  const outputs = workload.layers[workload.layers.length - 1];
  const step = predictor.inputsACall ?? workload.batchSize;
  let error = 0;
  for (let row = 0; row < (predictor.comparedSamples ?? workload.samples); row += step) {
    const answers = await predictor.predict(row);
    for (let i = 0; i < answers.length; i++) {
      error = Math.max(error, Math.abs(answers[i] - data.outputs[row * outputs + i]));
    }
  }
  return {
    check: { how: predictor.how, error },
    sample: paced(predictions(predictor, step), workload.samples, step),
  };
}

/** Waits for an answer only where there is something to wait for. */
function predictions(predictor: Predictor, step: number): Work {
  if (!(predictor.predict(0) instanceof Promise)) {
    return (first, last) => {
      for (let row = first; row < last; row += step) predictor.predict(row);
    };
  }
  return async (first, last) => {
    for (let row = first; row < last; row += step) await predictor.predict(row);
  };
}

/** Blocks grow until one takes this share of the time, so that reading the clock after each does not count. */
const BLOCK_SHARE = 0.01;

/** Goes round through the samples, in blocks of some or of many rounds. */
function paced(work: Work, samples: number, step: number): (seconds: number) => Promise<SampleResult> {
  const whole = samples - (samples % step);
  let next = 0;
  let block = step;
  return async (seconds) => {
    const start = performance.now();
    let units = 0;
    let now = start;
    while (now - start < seconds * 1000) {
      for (let left = block; left > 0; ) {
        const last = Math.min(next + left, whole);
        const wait = work(next, last);
        if (wait) await wait;
        left -= last - next;
        next = last === whole ? 0 : last;
      }
      units += block;
      const then = now;
      now = performance.now();
      if (now - then < seconds * 1000 * BLOCK_SHARE) block *= 2;
    }
    return { units, seconds: (now - start) / 1000 };
  };
}

/** Views of the rows of a matrix. */
export function rowsOf(matrix: Float32Array, columns: number): Float32Array[] {
  return Array.from({ length: matrix.length / columns }, (_, r) => matrix.subarray(r * columns, (r + 1) * columns));
}

/** The weights (units, inputs) and the biases of a matrix (units, inputs + 1) that has the bias in its last column. */
export function splitBias(matrix: Float32Array, inputs: number): { weights: Float32Array; biases: Float32Array } {
  const rows = rowsOf(matrix, inputs + 1);
  const weights = new Float32Array(rows.length * inputs);
  rows.forEach((row, unit) => {
    weights.set(row.subarray(0, inputs), unit * inputs);
  });
  return { weights, biases: Float32Array.from(rows, (row) => row[inputs]) };
}
