import {
  belowOne,
  checkedOptions,
  finiteNumber,
  integer,
  nonNegative,
  oneOf,
  optionError,
  positive,
} from "../options.ts";
import { annealed, power } from "./curves.ts";
import { BestSoFar, MONITORS, type Monitor, type Observed } from "./monitor.ts";
import { savedNumber } from "./saved_state.ts";

/**
 * How the learning rate η changes in a training of E epochs with B steps each. An epoch e counts from 1; a step s counts
 * from 0 through all S = E · B steps. A rate is finite and at least 0.
 *
 * - `constant`: η = learningRate.
 * - `step`: η = learningRate · factor^⌊(e − 1) / every⌋; every: an integer of at least 1; factor above 0, default 0.1
 *   (PyTorch's StepLR).
 * - `exponential`: η = learningRate · factor^(e − 1); factor above 0 (ExponentialLR).
 * - `cosine`, for each step: for the first W = ⌊warmupEpochs · B⌋ steps η = learningRate · (s + 1) / (W + 1); from there
 *   half a cosine (Loshchilov and Hutter, "SGDR", 2017), η = minimum + (learningRate − minimum) (1 + cos(π p)) / 2 with
 *   p = (s − W) / (S − 1 − W), 0 if that is the only step: the last step has the minimum. minimum: from 0 (default) to
 *   learningRate; warmupEpochs: from 0 (default) to below E.
 * - `oneCycle`, for each step: half a cosine up from learningRate · startFactor to learningRate, which is reached at s =
 *   warmupShare · S − 1, and one down to learningRate · startFactor · endFactor at the last step (Smith and Topin,
 *   "Super-convergence", 2018; PyTorch's OneCycleLR without its cycle of momentum). warmupShare: from 0 to below 1,
 *   default 0.3; startFactor: from 0 to 1, default 1 / 25; endFactor: from 0 to 1, default 1e-4.
 * - `plateau`: learningRate, multiplied by factor, but not below minimum, after every epoch that is the (patience + 1)th in
 *   a row in which what is monitored did not get better by more than minDelta (PyTorch's ReduceLROnPlateau with an absolute
 *   threshold, without its eps). monitor: `"loss"` (default) or `"accuracy"`, of the validation set if there is one,
 *   else of the training, which knows its loss only; factor: above 0, below 1, default 0.1; patience: an integer of at
 *   least 0, default 10; minDelta: at least 0, default 1e-4; minimum: from 0 (default) to learningRate.
 * - A function of the epoch, asked when the epoch begins; if it declares a second parameter, it is asked for every step of
 *   the epoch instead, counted from 0 within the epoch.
 */
export type Schedule =
  | { readonly type: "constant"; readonly learningRate: number }
  | { readonly type: "step"; readonly learningRate: number; readonly every: number; readonly factor?: number }
  | { readonly type: "exponential"; readonly learningRate: number; readonly factor: number }
  | {
      readonly type: "cosine";
      readonly learningRate: number;
      readonly minimum?: number;
      readonly warmupEpochs?: number;
    }
  | {
      readonly type: "oneCycle";
      readonly learningRate: number;
      readonly warmupShare?: number;
      readonly startFactor?: number;
      readonly endFactor?: number;
    }
  | {
      readonly type: "plateau";
      readonly learningRate: number;
      readonly monitor?: Monitor;
      readonly factor?: number;
      readonly patience?: number;
      readonly minDelta?: number;
      readonly minimum?: number;
    }
  | ((epoch: number, step: number) => number);

/** A schedule, checked and complete. */
export interface ResolvedSchedule {
  /**
   * The rates of an epoch: one, or one for each step.
   *
   * @param epoch - counted from 1
   * @param steps - how many steps the epoch has
   * @throws DownhillError `ERR_OPTION` for what a user's function gives; whatever it throws itself
   */
  rates(epoch: number, steps: number): Float64Array;
  /** To be told after every epoch; only a plateau cares. */
  observe(report: Observed): void;
  /** Plain data, for a checkpoint; undefined where there is nothing to keep. */
  state(): unknown;
  /** @throws DownhillError `ERR_CHECKPOINT` for what `state` cannot have given; nothing is changed then */
  restore(state: unknown): void;
  /** Plain data with every default filled in, `"function"` for a function: a checkpoint compares it. */
  readonly description: unknown;
  /** Whether the rates of an epoch may depend on what came of the ones before. */
  readonly isAdaptive: boolean;
  /** Whether there is a rate for each step. */
  readonly perStep: boolean;
  /** What an adaptive schedule watches. */
  readonly monitor: Monitor | undefined;
}

type ScheduleFunction = Extract<Schedule, (...given: never) => unknown>;
type Spec<Type extends string> = Extract<Schedule, { readonly type: Type }>;

const TYPES = ["constant", "step", "exponential", "cosine", "oneCycle", "plateau"] as const;

const DEFAULT_RATE = 0.01;
const FORMS =
  'a finite number of at least 0, a schedule such as { type: "cosine", learningRate: 0.1 }, or a function of the epoch';

/**
 * Checks a learning rate in any of its forms; undefined stands for 0.01.
 *
 * @param epochs - of the whole training
 */
export function resolveSchedule(given: unknown, where: string, epochs: number): ResolvedSchedule {
  if (typeof given === "function") return resolveFunction(given as ScheduleFunction, where);
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    return constantSchedule(finiteNumber(given, where, DEFAULT_RATE, FORMS, (value) => value >= 0));
  }
  const { type } = given as { readonly type?: (typeof TYPES)[number] };
  switch (type) {
    case "constant":
      return resolveConstant(given, where);
    case "step":
      return resolveStep(given, where, epochs);
    case "exponential":
      return resolveExponential(given, where, epochs);
    case "cosine":
      return resolveCosine(given, where, epochs);
    case "oneCycle":
      return resolveOneCycle(given, where, epochs);
    case "plateau":
      return resolvePlateau(given, where);
    default:
      throw optionError(`${where}.type`, type, `one of ${TYPES.join(", ")}`);
  }
}

/** A schedule whose rates follow from epoch and step alone. */
function fixedSchedule(
  description: unknown,
  perStep: boolean,
  rates: (epoch: number, steps: number) => Float64Array,
): ResolvedSchedule {
  return {
    rates,
    observe: () => {},
    state: () => undefined,
    restore: () => {},
    description,
    isAdaptive: false,
    perStep,
    monitor: undefined,
  };
}

function resolveFunction(rateOf: ScheduleFunction, where: string): ResolvedSchedule {
  const perStep = rateOf.length >= 2;
  const schedule = fixedSchedule("function", perStep, (epoch, steps) => {
    const rates = new Float64Array(perStep ? steps : 1);
    for (let step = 0; step < rates.length; step++) {
      rates[step] = nonNegative(rateOf(epoch, step), perStep ? `${where}(${epoch}, ${step})` : `${where}(${epoch})`);
    }
    return rates;
  });
  // It may look at anything, so nobody asks before the epoch begins.
  return { ...schedule, isAdaptive: true };
}

function constantSchedule(learningRate: number): ResolvedSchedule {
  return fixedSchedule({ type: "constant", learningRate }, false, () => Float64Array.of(learningRate));
}

function resolveConstant(given: object, where: string): ResolvedSchedule {
  const { learningRate } = checkedOptions<Spec<"constant">>(given, where, ["type", "learningRate"]);
  return constantSchedule(peakOf(learningRate, where));
}

function resolveStep(given: object, where: string, epochs: number): ResolvedSchedule {
  const options = checkedOptions<Spec<"step">>(given, where, ["type", "learningRate", "every", "factor"]);
  const learningRate = peakOf(options.learningRate, where);
  const every = integer(options.every, `${where}.every`, 1);
  const factor = positive(options.factor, `${where}.factor`, 0.1);
  return geometricSchedule({ type: "step", learningRate, every, factor }, every, where, epochs);
}

function resolveExponential(given: object, where: string, epochs: number): ResolvedSchedule {
  const options = checkedOptions<Spec<"exponential">>(given, where, ["type", "learningRate", "factor"]);
  const learningRate = peakOf(options.learningRate, where);
  const factor = positive(options.factor, `${where}.factor`);
  return geometricSchedule({ type: "exponential", learningRate, factor }, 1, where, epochs);
}

/** η = learningRate · factor^⌊(e − 1) / every⌋ */
function geometricSchedule(
  description: Required<Spec<"step"> | Spec<"exponential">>,
  every: number,
  where: string,
  epochs: number,
): ResolvedSchedule {
  const { learningRate, factor } = description;
  const rateOf = (epoch: number) => learningRate * power(factor, Math.floor((epoch - 1) / every));
  const last = rateOf(epochs);
  if (!Number.isFinite(last)) {
    throw optionError(
      `${where}.factor`,
      factor,
      `one that leaves the rate finite, which is ${last} in epoch ${epochs}`,
    );
  }
  return fixedSchedule(description, false, (epoch) => Float64Array.of(rateOf(epoch)));
}

function resolveCosine(given: object, where: string, epochs: number): ResolvedSchedule {
  const options = checkedOptions<Spec<"cosine">>(given, where, ["type", "learningRate", "minimum", "warmupEpochs"]);
  const learningRate = peakOf(options.learningRate, where);
  const minimum = minimumOf(options.minimum, where, learningRate);
  const warmupEpochs = finiteNumber(
    options.warmupEpochs,
    `${where}.warmupEpochs`,
    0,
    `a number from 0 to below ${epochs}, the number of epochs`,
    (value) => value >= 0 && value < epochs,
  );
  const description = { type: "cosine", learningRate, minimum, warmupEpochs };
  return stepSchedule(description, epochs, (step, steps) => {
    const last = steps - 1;
    const warmup = Math.min(last, Math.floor((warmupEpochs * steps) / epochs));
    if (step < warmup) return (learningRate * (step + 1)) / (warmup + 1);
    return annealed(learningRate, minimum, last === warmup ? 0 : (step - warmup) / (last - warmup));
  });
}

function resolveOneCycle(given: object, where: string, epochs: number): ResolvedSchedule {
  const keys = ["type", "learningRate", "warmupShare", "startFactor", "endFactor"] as const;
  const options = checkedOptions<Spec<"oneCycle">>(given, where, keys);
  const learningRate = peakOf(options.learningRate, where);
  const warmupShare = belowOne(options.warmupShare, `${where}.warmupShare`, 0.3);
  const startFactor = shareOf(options.startFactor, `${where}.startFactor`, 1 / 25);
  const endFactor = shareOf(options.endFactor, `${where}.endFactor`, 1e-4);
  const description = { type: "oneCycle", learningRate, warmupShare, startFactor, endFactor };
  const start = learningRate * startFactor;
  return stepSchedule(description, epochs, (step, steps) => {
    const top = warmupShare * steps - 1;
    if (step < top) return annealed(start, learningRate, step / top);
    return annealed(learningRate, start * endFactor, (step - top) / (steps - 1 - top));
  });
}

/** @param rateAt - of a step, counted from 0 through all epochs, out of so many */
function stepSchedule(
  description: unknown,
  epochs: number,
  rateAt: (step: number, steps: number) => number,
): ResolvedSchedule {
  return fixedSchedule(description, true, (epoch, steps) => {
    const rates = new Float64Array(steps);
    for (let step = 0; step < steps; step++) rates[step] = rateAt((epoch - 1) * steps + step, epochs * steps);
    return rates;
  });
}

function resolvePlateau(given: object, where: string): ResolvedSchedule {
  const keys = ["type", "learningRate", "monitor", "factor", "patience", "minDelta", "minimum"] as const;
  const options = checkedOptions<Spec<"plateau">>(given, where, keys);
  const learningRate = peakOf(options.learningRate, where);
  return new Plateau({
    type: "plateau",
    learningRate,
    monitor: oneOf(options.monitor, `${where}.monitor`, MONITORS, "loss"),
    factor: finiteNumber(
      options.factor,
      `${where}.factor`,
      0.1,
      "a number above 0 and below 1",
      (value) => value > 0 && value < 1,
    ),
    patience: options.patience === undefined ? 10 : integer(options.patience, `${where}.patience`, 0),
    minDelta: nonNegative(options.minDelta, `${where}.minDelta`, 1e-4),
    minimum: minimumOf(options.minimum, where, learningRate),
  });
}

/** The one schedule that remembers something: its rate, and how the epochs went so far. */
class Plateau implements ResolvedSchedule {
  readonly isAdaptive = true;
  readonly perStep = false;
  readonly description: Required<Spec<"plateau">>;
  readonly #best: BestSoFar;
  #rate: number;

  constructor(description: Required<Spec<"plateau">>) {
    this.description = description;
    this.#rate = description.learningRate;
    this.#best = new BestSoFar(description.monitor, description.minDelta);
  }

  get monitor(): Monitor {
    return this.description.monitor;
  }

  rates(): Float64Array {
    return Float64Array.of(this.#rate);
  }

  observe(report: Observed): void {
    const { factor, minimum, patience } = this.description;
    this.#best.observe(report);
    if (this.#best.epochsWithout <= patience) return;
    this.#rate = Math.max(this.#rate * factor, minimum);
    this.#best.countAgain();
  }

  state(): unknown {
    return { rate: this.#rate, ...this.#best.state() };
  }

  restore(state: unknown): void {
    const rate = savedNumber(state, "rate", "schedule", (value) => Number.isFinite(value) && value >= 0);
    this.#best.restore(state, "schedule");
    this.#rate = rate;
  }
}

function peakOf(given: unknown, where: string): number {
  return nonNegative(given, `${where}.learningRate`);
}

function minimumOf(given: unknown, where: string, learningRate: number): number {
  const expected = `a number from 0 to learningRate, ${learningRate}`;
  return finiteNumber(given, `${where}.minimum`, 0, expected, (value) => value >= 0 && value <= learningRate);
}

function shareOf(given: unknown, where: string, fallback: number): number {
  return finiteNumber(given, where, fallback, "a number from 0 to 1", (value) => value >= 0 && value <= 1);
}
