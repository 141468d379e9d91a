import { DownhillError, describe } from "./errors.ts";
import { ACTIVATION_KINDS, type ActivationKind, LOSS_KINDS, type ResolvedActivation } from "./model.ts";
import type { Arithmetic, BackendName, DType, Initializer, LayerSpec, Loss, NetworkOptions } from "./types.ts";

export const BACKEND_NAMES: readonly BackendName[] = ["auto", "native", "typescript"];

/** The largest number of units in a layer, and of layers with weights: `Model` in `native/layout.h`. */
const MAX_UNITS = 2 ** 26;
export const MAX_LAYERS = 256;
/** In all layers together: what fits into one typed array of Node 20 with room for the padding. */
const MAX_WEIGHTS = 2 ** 31;

/** One layer with weights, every choice made. */
export interface ResolvedLayer {
  readonly units: number;
  readonly activation: ResolvedActivation;
  readonly initializer: Initializer;
}

/** A network's options, checked and complete; `seed` is undefined when one is to be drawn. */
export interface ResolvedNetworkOptions {
  readonly inputs: number;
  readonly layers: readonly ResolvedLayer[];
  readonly loss: Loss;
  readonly dtype: DType;
  readonly arithmetic: Arithmetic;
  readonly backend: BackendName;
  readonly seed: number | undefined;
  readonly threads: number | undefined;
}

/** An `ERR_OPTION` that says where, what was given and what was expected. */
export function optionError(where: string, given: unknown, expected: string): DownhillError {
  return new DownhillError("ERR_OPTION", `${where} is ${describe(given)}, expected ${expected}`);
}

/** The options object, or an empty one; refuses other things and unknown keys, which are mostly misspelt ones. */
export function checkedOptions<T extends object>(
  given: unknown,
  where: string,
  keys: readonly (keyof T & string)[],
): T {
  if (given === undefined) return {} as T;
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw optionError(where, given, "an object");
  }
  for (const key of Object.keys(given)) {
    if ((keys as readonly string[]).includes(key)) continue;
    throw new DownhillError("ERR_OPTION", `${where} has no option ${describe(key)}; there are ${keys.join(", ")}`);
  }
  return given as T;
}

/** One of the names of a list, or the default when undefined. */
export function oneOf<T extends string>(given: unknown, where: string, names: readonly T[], fallback: T): T {
  if (given === undefined) return fallback;
  if (names.includes(given as T)) return given as T;
  throw optionError(where, given, `one of ${names.join(", ")}`);
}

/** A finite number that passes `accepts`, or the default when undefined; without a default it has to be given. */
export function finiteNumber(
  given: unknown,
  where: string,
  fallback: number | undefined,
  expected = "a finite number",
  accepts: (value: number) => boolean = () => true,
): number {
  if (given === undefined && fallback !== undefined) return fallback;
  if (typeof given === "number" && Number.isFinite(given) && accepts(given)) return given;
  throw optionError(where, given, expected);
}

/** A finite number of at least 0, or the default when undefined; see `finiteNumber`. */
export function nonNegative(given: unknown, where: string, fallback?: number): number {
  return finiteNumber(given, where, fallback, "a finite number of at least 0", (value) => value >= 0);
}

/** A finite number above 0, or the default when undefined; see `finiteNumber`. */
export function positive(given: unknown, where: string, fallback?: number): number {
  return finiteNumber(given, where, fallback, "a finite number above 0", (value) => value > 0);
}

/** A number from 0 to below 1, or the default when undefined; see `finiteNumber`. */
export function belowOne(given: unknown, where: string, fallback?: number): number {
  return finiteNumber(given, where, fallback, "a number from 0 to below 1", (value) => value >= 0 && value < 1);
}

/** True or false, or the default when undefined. */
export function flag(given: unknown, where: string, fallback: boolean): boolean {
  if (given === undefined || typeof given === "boolean") return given ?? fallback;
  throw optionError(where, given, "true or false");
}

/** An integer from `least` up to 2^53 − 1 or `most`. */
export function integer(given: unknown, where: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(given) && (given as number) >= least && (given as number) <= most) return given as number;
  throw optionError(
    where,
    given,
    most === Number.MAX_SAFE_INTEGER ? `an integer of at least ${least}` : `an integer from ${least} to ${most}`,
  );
}

/** A seed, or undefined when none is given. */
export function optionalSeed(given: unknown, where: string): number | undefined {
  return given === undefined ? undefined : integer(given, where, 0);
}

/** Fills in an activation's defaults. */
export function resolveActivation(given: unknown, where: string, isOutput: boolean): ResolvedActivation {
  const isName = typeof given === "string";
  const spec = isName ? { type: given } : given;
  const { type, slope, derivative, alpha } = checkedOptions<{
    type: ActivationKind;
    slope: number;
    derivative: "exact" | "unscaled";
    alpha: number;
  }>(spec, where, ["type", "slope", "derivative", "alpha"]);
  if (!ACTIVATION_KINDS.includes(type)) {
    throw optionError(isName ? where : `${where}.type`, type, `one of ${ACTIVATION_KINDS.join(", ")}`);
  }
  if (type !== "sigmoid" && (slope !== undefined || derivative !== undefined)) {
    throw new DownhillError("ERR_OPTION", `${where}: slope and derivative belong to sigmoid, not to ${type}`);
  }
  if (type !== "leakyRelu" && alpha !== undefined) {
    throw new DownhillError("ERR_OPTION", `${where}: alpha belongs to leakyRelu, not to ${type}`);
  }
  if (type === "softmax" && !isOutput) {
    throw new DownhillError("ERR_OPTION", `${where} is softmax, which only the output layer can have`);
  }
  if (type === "sigmoid") {
    const parameter = positive(slope, `${where}.slope`, 1);
    const convention = oneOf(derivative, `${where}.derivative`, ["exact", "unscaled"], "exact");
    return { kind: type, parameter, derivativeParameter: convention === "exact" ? parameter : 1 };
  }
  if (type === "leakyRelu") {
    // −0 would come back as 0 from JSON, and give zeros with another sign.
    const parameter = nonNegative(alpha, `${where}.alpha`, 0.01) + 0;
    return { kind: type, parameter, derivativeParameter: parameter };
  }
  return { kind: type, parameter: 1, derivativeParameter: 1 };
}

const PLAIN_INITIALIZERS = ["glorotUniform", "glorotNormal", "heUniform", "heNormal", "zeros"] as const;

type InitializerSpec<Type extends string> = Extract<Initializer, { readonly type: Type }>;

function checkedInitializer(given: unknown, where: string): Initializer {
  if (given === undefined || typeof given === "string") return oneOf(given, where, PLAIN_INITIALIZERS, "glorotUniform");
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw optionError(where, given, "an object with a type, or the name of an initializer");
  }
  const { type } = given as { readonly type?: unknown };
  if (type === "uniform") return uniformInitializer(given, where);
  if (type === "normal") return normalInitializer(given, where);
  throw optionError(`${where}.type`, type, `uniform or normal, or one of the names ${PLAIN_INITIALIZERS.join(", ")}`);
}

function uniformInitializer(given: object, where: string): Initializer {
  const spec = checkedOptions<InitializerSpec<"uniform">>(given, where, ["type", "min", "max"]);
  const min = finiteNumber(spec.min, `${where}.min`, undefined);
  const expected = `a finite number of at least min, ${min}`;
  const max = finiteNumber(spec.max, `${where}.max`, undefined, expected, (value) => value >= min);
  return { type: "uniform", min, max };
}

function normalInitializer(given: object, where: string): Initializer {
  const spec = checkedOptions<InitializerSpec<"normal">>(given, where, ["type", "mean", "standardDeviation"]);
  const mean = finiteNumber(spec.mean, `${where}.mean`, 0);
  return { type: "normal", mean, standardDeviation: nonNegative(spec.standardDeviation, `${where}.standardDeviation`) };
}

/** Refuses losses that the output activation makes no sense with, and names the one that does. */
function assertLossFits(loss: Loss, output: ActivationKind, where: string): void {
  const wanted = { squaredError: output, binaryCrossEntropy: "sigmoid", categoricalCrossEntropy: "softmax" }[loss];
  if (output === wanted) return;
  throw new DownhillError(
    "ERR_OPTION",
    `loss ${loss} needs ${where} ${describe(wanted)}, but it is ${describe(output)}; squaredError goes with every activation`,
  );
}

/** Refuses numbers that the network's element type turns into 0 or infinity. */
function assertHeld({ activation, initializer }: ResolvedLayer, dtype: DType, where: string): void {
  const rounded = dtype === "float64" ? activation.parameter : Math.fround(activation.parameter);
  if (!Number.isFinite(rounded) || (rounded === 0 && activation.parameter !== 0)) {
    throw optionError(`${where}.activation's parameter`, activation.parameter, `a number that ${dtype} can hold`);
  }
  if (typeof initializer !== "object") return;
  // No draw of our generator lies 40 standard deviations from the mean.
  const largest =
    initializer.type === "uniform"
      ? Math.max(Math.abs(initializer.min), Math.abs(initializer.max), initializer.max - initializer.min)
      : Math.abs(initializer.mean ?? 0) + 40 * initializer.standardDeviation;
  if (Number.isFinite(dtype === "float64" ? largest : Math.fround(largest))) return;
  throw new DownhillError("ERR_OPTION", `${where}.initializer draws weights that ${dtype} cannot hold`);
}

/** Refuses networks whose weights no typed array can hold. */
function assertAllocatable(sizes: readonly number[]): void {
  const weights = sizes.slice(1).reduce((sum, units, l) => sum + units * (sizes[l] + 1), 0);
  if (weights <= MAX_WEIGHTS) return;
  throw new DownhillError("ERR_SHAPE", `layers ask for ${weights} weights, expected at most ${MAX_WEIGHTS}`);
}

/** What errors call the parts of a network's description. */
export interface Places {
  /** The input is layer 0. */
  layer(l: number): string;
  option(name: string): string;
  /** Where the activation of the last layer is chosen. */
  outputActivation(last: number): string;
}

const ARGUMENTS: Places = {
  layer: (l) => `layers[${l}]`,
  option: (name) => `options.${name}`,
  outputActivation: () => "outputActivation",
};

/** What native code takes at most: `kMostThreads` in `native/training_job.cc`. */
export const MOST_THREADS = 1024;

/** A number of threads, or undefined when none is given. */
export function optionalThreads(given: unknown, where: string): number | undefined {
  return given === undefined ? undefined : integer(given as number, where, 1, MOST_THREADS);
}

const LAYER_KEYS = ["units", "activation", "initializer"] as const;
const NETWORK_KEYS = [
  "activation",
  "outputActivation",
  "loss",
  "initializer",
  "seed",
  "dtype",
  "arithmetic",
  "backend",
  "threads",
] as const;

/**
 * Checks a constructor's arguments and makes every choice.
 *
 * @param places - what errors call them
 */
export function resolveNetworkOptions(
  layers: readonly LayerSpec[],
  given: NetworkOptions | undefined,
  places = ARGUMENTS,
): ResolvedNetworkOptions {
  const { layer: layerAt, option } = places;
  const options = checkedOptions<NetworkOptions>(given, "options", NETWORK_KEYS);
  if (!Array.isArray(layers)) throw optionError("layers", layers, "an array such as [2, 3, 3, 2]");
  if (layers.length < 2 || layers.length > MAX_LAYERS + 1) {
    throw new DownhillError(
      "ERR_SHAPE",
      `layers has length ${layers.length}, expected the number of inputs and then 1 to ${MAX_LAYERS} layers of units`,
    );
  }
  // Array.from, unlike map, does not skip holes.
  const specs = Array.from(layers, (layer: LayerSpec, l) => {
    const where = layerAt(l);
    const spec =
      typeof layer === "object" && layer !== null
        ? checkedOptions<Exclude<LayerSpec, number>>(layer, where, LAYER_KEYS)
        : { units: layer };
    return { ...spec, units: integer(spec.units, typeof layer === "object" ? `${where}.units` : where, 1, MAX_UNITS) };
  });
  if (specs[0].activation !== undefined || specs[0].initializer !== undefined) {
    throw new DownhillError("ERR_OPTION", "layers[0] is the input: it has units, but no activation and no initializer");
  }
  // All four are checked even where a layer's own choice takes their place.
  const { activation = "sigmoid", outputActivation = "sigmoid" } = options;
  resolveActivation(activation, option("activation"), false);
  resolveActivation(outputActivation, option("outputActivation"), true);
  const initializer = checkedInitializer(options.initializer, option("initializer"));
  const loss = oneOf(options.loss, option("loss"), LOSS_KINDS, "squaredError");

  const resolved = specs.slice(1).map((spec, l): ResolvedLayer => {
    const where = layerAt(l + 1);
    const isOutput = l + 2 === specs.length;
    const { activation: chosen = isOutput ? outputActivation : activation } = spec;
    return {
      units: spec.units,
      activation: resolveActivation(chosen, `${where}.activation`, isOutput),
      initializer:
        spec.initializer === undefined ? initializer : checkedInitializer(spec.initializer, `${where}.initializer`),
    };
  });
  assertLossFits(loss, resolved[resolved.length - 1].activation.kind, places.outputActivation(resolved.length));
  assertAllocatable(specs.map(({ units }) => units));
  const dtype = oneOf(options.dtype, option("dtype"), ["float32", "float64"], "float32");
  resolved.forEach((layer, l) => {
    assertHeld(layer, dtype, layerAt(l + 1));
  });
  return {
    inputs: specs[0].units,
    layers: resolved,
    loss,
    dtype,
    arithmetic: oneOf(options.arithmetic, option("arithmetic"), ["fast", "reproducible"], "fast"),
    backend: oneOf(options.backend, option("backend"), BACKEND_NAMES, "auto"),
    seed: optionalSeed(options.seed, option("seed")),
    threads: optionalThreads(options.threads, option("threads")),
  };
}
