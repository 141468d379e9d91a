import { POSITION, STATUS, STOP } from "../../src/backend/types.ts";
import { onlineBlock } from "../../src/layout.ts";
import { encodeOptimizer, OPTIMIZER_KINDS, optimizerValues, type ResolvedOptimizer } from "../../src/optimizer.ts";
import { requireAddon } from "../support/native.ts";
import { missingAddon } from "./boundary_kernels.ts";
import { changeModel, type GuardedNetwork, guardedBlock, guardedNetwork } from "./boundary_networks.ts";
import type { Chance } from "./chance.ts";
import { GuardedMemory, type NumberArray } from "./guarded_memory.ts";
import { detach, junkArgument, nativeRefusal, OwnError, resizable } from "./hostile.ts";
import { fail, READ, type Target, type Trial } from "./target.ts";

type Job = Record<string, unknown>;

/** `train`, `evaluate` and `evaluateSync`. */
export const boundaryJobs: Target = {
  name: "boundary-jobs",
  inputs: 150_000,
  quick: 12_000,
  mostMemory: 768,
  missing: missingAddon,
  async open(): Promise<Trial> {
    const addon = requireAddon();
    const memories = [new GuardedMemory(false), new GuardedMemory(true)];
    return {
      async run(chance) {
        const memory = memories[chance.happens(0.2) ? 1 : 0];
        memory.reset();
        const network = guardedNetwork(chance, memory);
        const name = chance.pick(["train", "train", "evaluate", "evaluateSync"] as const);
        const valid = validJob(chance, network, memory, name !== "train");
        const job = { ...valid };
        let selector: unknown = chance.below(2 * addon.instructionSets.length);
        const changes = chance.happens(0.25) ? 0 : chance.between(1, 3);
        for (let i = 0; i < changes; i++) {
          if (chance.happens(0.02)) selector = junkArgument(chance);
          else changeJob(chance, job, valid, network);
        }
        const before = memory.copy();
        // Twice at once now and then: what becomes of the numbers is nobody's business, but nothing else may happen.
        const times = changes > 0 && chance.happens(0.1) ? 2 : 1;
        const running: unknown[] = [];
        try {
          for (let i = 0; i < times; i++) running.push(addon[name](selector as number, job));
        } catch (error) {
          await Promise.all(running);
          memory.assertIntact();
          const outcome = nativeRefusal(error);
          if (running.length === 0 && !hasGetter(job)) memory.assertUnchanged(before);
          if (changes === 0) fail(`${name} refused a valid job: ${(error as Error).message}`);
          return outcome;
        }
        if (changes > 0 && chance.happens(0.3)) disturb(chance, valid);
        await Promise.all(running);
        memory.assertIntact();
        if (changes === 0) assertDone(name, job);
        return READ;
      },
    };
  },
};

/** What an evaluation and a training of some samples need, in guarded memory. */
function validJob(chance: Chance, network: GuardedNetwork, memory: GuardedMemory, isEvaluation: boolean): Job {
  const { model, state, allocate } = network;
  const { layout } = model;
  const { inputs } = layout.layers[0];
  const { units: outputs } = layout.layers[layout.layers.length - 1];
  const samples = chance.pick([1, 2, 3, 31, 32, 33, 40]);
  const place = <A extends NumberArray>(
    Type: new (buffer: ArrayBufferLike, at: number, length: number) => A,
    values: ArrayLike<number>,
  ) => {
    const array = memory.place(chance, Type, values.length);
    array.set(values);
    return array;
  };
  const Inputs = chance.pick([Uint8Array, Float32Array, Float64Array]);
  const Targets = chance.pick([Float32Array, Float64Array]);
  const drawn = (length: number, draw: () => number) => Float64Array.from({ length }, draw);
  const epochs = isEvaluation ? 1 : chance.pick([1, 1, 2, 3]);
  const size = chance.happens(0.8) ? samples : chance.between(1, 2 * samples);
  const batchSize = chance.pick([1, 1, 2, 7, 32, 50]);
  const from = chance.happens(0.8) ? 0 : chance.below(isEvaluation ? samples : epochs * size);
  const optimizer = ordinaryOptimizer(chance);
  const dropout = chance.happens(0.3);
  const room = batchSize === 1 ? onlineBlock(layout) : 1;
  return {
    arena: state.arena,
    inputs: place(
      Inputs as typeof Float64Array,
      drawn(samples * inputs, () => (Inputs === Uint8Array ? chance.below(256) : chance.tame())),
    ),
    inputScale: Inputs === Uint8Array ? 1 / 255 : 1,
    targets: chance.happens(0.5)
      ? place(
          Uint32Array,
          drawn(samples, () => chance.below(outputs)),
        )
      : place(
          Targets as typeof Float64Array,
          drawn(samples * outputs, () => chance.below(2)),
        ),
    control: place(Int32Array, [0, 0, 0]),
    lossSums: place(Float64Array, new Array(epochs).fill(0)),
    budgetSeconds: chance.pick([0, 0.001, 0.05]),
    order: place(
      Uint32Array,
      drawn(epochs * size, () => chance.below(samples)),
    ),
    from,
    batchSize,
    learningRates: place(
      Float64Array,
      drawn(epochs * (chance.happens(0.5) ? 1 : Math.ceil(size / batchSize)), () => 1e-3),
    ),
    optimizer: place(Float64Array, encodeOptimizer(optimizer)),
    optimizerPowers: place(Float64Array, [1, 1]),
    optimizerState: allocate(optimizerValues(optimizer, layout)),
    sampleWeights: chance.happens(0.3)
      ? place(
          Float64Array,
          drawn(samples, () => chance.below(3)),
        )
      : undefined,
    dropout: dropout
      ? place(
          Float64Array,
          drawn(layout.layers.length - 1, () => chance.pick([0, 0.2, 0.5])),
        )
      : undefined,
    dropoutKeys: dropout
      ? place(
          Uint32Array,
          drawn(epochs, () => chance.below(2 ** 32)),
        )
      : undefined,
    gradient: allocate(layout.parameterValues),
    to: samples,
    outputs: allocate(isEvaluation ? (samples - from) * outputs : 0),
    block: guardedBlock(network, chance.pick([room, Math.max(room, 2), 33])),
    threads: chance.pick([1, 1, 2, 3]),
  };
}

function ordinaryOptimizer(chance: Chance): ResolvedOptimizer {
  const kind = chance.pick(OPTIMIZER_KINDS);
  return {
    kind,
    firstDecay: kind === "sgd" ? 0 : 0.9,
    secondDecay: kind === "adam" ? 0.99 : 0,
    epsilon: kind === "rmsprop" || kind === "adam" ? 1e-6 : 0,
    weightDecay: chance.pick([0, 0, 0.01]),
    clipGradientNorm: chance.pick([Number.POSITIVE_INFINITY, 1]),
  };
}

const ARRAYS = [
  "arena",
  "inputs",
  "targets",
  "control",
  "lossSums",
  "order",
  "learningRates",
  "optimizer",
  "optimizerPowers",
].concat(["optimizerState", "sampleWeights", "dropout", "dropoutKeys", "gradient", "outputs", "block"]);
const NUMBERS = ["inputScale", "budgetSeconds", "from", "to", "batchSize", "threads"];

/** Makes one of the fields something else. */
function changeJob(chance: Chance, job: Job, valid: Job, { model, state }: GuardedNetwork): void {
  const name = chance.pick(ARRAYS);
  const array = valid[name] as NumberArray | undefined;
  switch (chance.below(13)) {
    case 0:
      job[chance.pick([...ARRAYS, ...NUMBERS])] = junkArgument(chance);
      return;
    case 1:
    case 2: {
      const number = chance.pick(NUMBERS);
      // An endless chunk is what an endless budget asks for; as many threads as are allowed take their time.
      job[number] = chance.boundary();
      return;
    }
    case 3:
      delete job[name];
      return;
    case 4:
      // Memory of another field, as it is, or as this one's type sees it.
      job[name] = overlaying(chance, array, valid[chance.pick(ARRAYS)] as NumberArray | undefined);
      return;
    case 5:
      if (array) job[name] = array.subarray(chance.below(2), Math.max(0, array.length - chance.below(2)));
      return;
    case 6:
      if (name === "arena")
        changeModel(chance, new Float64Array(state.arena.buffer, state.arena.byteOffset, model.encoded.length));
      else scribble(chance, array, 3);
      return;
    case 7:
      for (const field of ["order", "targets", "dropout", "optimizer"])
        scribble(chance, valid[field] as NumberArray | undefined, 1);
      return;
    case 8:
      defineGetter(chance, job, chance.pick([...ARRAYS, ...NUMBERS]), () => {
        throw new OwnError("a getter throws");
      });
      return;
    case 9:
    case 10:
      replaceWhileRead(chance, job, valid, name);
      return;
    case 11: {
      const buffer = resizable(array?.byteLength ?? 8);
      job[name] = new Float64Array(buffer, 0, Math.floor(buffer.byteLength / 8));
      buffer.resize(chance.below(buffer.byteLength + 1));
      return;
    }
    default:
      // What the one kind of job has and the other has not.
      job.lossSums = (valid.lossSums as Float64Array).subarray(0, 1);
      job.from = chance.pick([0, 1, valid.to]);
  }
}

/** Values of another field's memory where there are enough. */
function overlaying(chance: Chance, array: NumberArray | undefined, other: NumberArray | undefined): unknown {
  if (!array || !other || chance.happens(0.3)) return other;
  if (other.byteOffset % array.BYTES_PER_ELEMENT !== 0 || other.byteLength < array.byteLength) return other;
  return Reflect.construct(array.constructor, [other.buffer, other.byteOffset, array.length]);
}

/** Writes numbers around which programs go wrong. */
function scribble(chance: Chance, array: NumberArray | undefined, times: number): void {
  if (!array || array.length === 0) return;
  for (let i = 0; i < times; i++) array[chance.below(array.length)] = chance.boundary();
}

function defineGetter(chance: Chance, job: Job, name: string, get: () => unknown): void {
  // What is assigned later has no effect.
  Object.defineProperty(job, name, { get, set() {}, configurable: true, enumerable: chance.happens(0.5) });
}

/** When a field is read, the memory of another one, or its own, goes away or becomes smaller. */
function replaceWhileRead(chance: Chance, job: Job, valid: Job, name: string): void {
  const victim = chance.pick(ARRAYS);
  const array = valid[victim] as NumberArray | undefined;
  if (!array) return;
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  if (chance.happens(0.5)) {
    const buffer = resizable(array.byteLength);
    new Uint8Array(buffer).set(bytes);
    job[victim] = Reflect.construct(array.constructor, chance.happens(0.5) ? [buffer] : [buffer, 0, array.length]);
    const smaller = chance.below(array.byteLength + 1);
    const value = valid[name];
    defineGetter(chance, job, name, () => {
      buffer.resize(smaller);
      return value;
    });
  } else {
    const copy = array.slice();
    job[victim] = copy;
    const value = valid[name];
    defineGetter(chance, job, name, () => {
      detach(copy.buffer);
      return value;
    });
  }
}

function hasGetter(job: Job): boolean {
  return Object.values(Object.getOwnPropertyDescriptors(job)).some(({ get }) => get !== undefined);
}

/** Writes into what a job on the pool's thread reads. Its memory is neither detached nor resized: SECURITY.md says why. */
function disturb(chance: Chance, valid: Job): void {
  for (let i = 0; i < 20; i++) scribble(chance, valid[chance.pick(ARRAYS)] as NumberArray | undefined, 1);
  Atomics.store(valid.control as Int32Array, STOP, 1);
}

/** A valid job has got on, and what it computed is finite. */
function assertDone(name: string, job: Job): void {
  const control = job.control as Int32Array;
  const end = name === "train" ? (job.order as Uint32Array).length : (job.to as number);
  const from = job.from as number;
  if (control[STATUS] !== 0) fail(`${name} ended with status ${control[STATUS]}`);
  if (control[POSITION] < Math.min(from + 1, end) || control[POSITION] > end)
    fail(`${name} got from ${from} to ${control[POSITION]} of ${end}`);
  const results = name === "train" ? ["lossSums", "arena"] : ["lossSums", "outputs"];
  for (const result of results) {
    if (!(job[result] as Float64Array).every(Number.isFinite)) fail(`${result} of a valid ${name} is not finite`);
  }
}
