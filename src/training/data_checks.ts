import { allocateValues } from "../backend/types.ts";
import { type Dataset, samplesOf } from "../dataset.ts";
import { DownhillError } from "../errors.ts";
import { type Model, outputSizeOf } from "../model.ts";
import { isSameNormalization, type Normalization, type Normalizer } from "../normalization.ts";
import { firstBeyondFloat32, readInputs } from "../sample_table.ts";
import type { Samples } from "../samples.ts";

/** Whether data is what a network takes. */

/** Refuses what is no data set, and data whose inputs or targets are not the network's. */
export function assertFits(model: Model, data: Dataset, where: string): void {
  assertShape(model, data, where);
  if (model.dtype === "float32") assertFloat32(samplesOf(data, where), where);
}

function assertShape(model: Model, data: Dataset, where: string): void {
  const fail = (what: string, given: number, expected: number) => {
    throw new DownhillError("ERR_SHAPE", `${where}.${what} is ${given}, expected ${expected} as in the network`);
  };
  const { inputSize, targetSize } = samplesOf(data, where);
  const inputs = model.layout.layers[0].inputs;
  if (inputSize !== inputs) fail("inputSize", inputSize, inputs);
  if (targetSize !== outputSizeOf(model)) fail("targetSize", targetSize, outputSizeOf(model));
}

/**
 * Data as `owner` has it: normalized with the owner's statistics if it is not yet, else as it is.
 *
 * @param expected - the owner's statistics, if there are some
 * @param owner - whose they are, for the error
 * @throws DownhillError `ERR_DATA` when the data has others, and what `assertFits` throws
 */
export function normalizedLike(
  model: Model,
  expected: Normalization | undefined,
  data: Dataset,
  where: string,
  owner: string,
): Dataset {
  assertShape(model, data, where);
  const normalized = expected && !data.normalization ? data.normalize(expected) : data;
  assertNormalization(expected, normalized, where, owner);
  assertFits(model, normalized, where);
  return normalized;
}

/** Refuses data that is not normalized with these very statistics; without any, data that is normalized. */
export function assertNormalization(
  expected: Normalization | undefined,
  { normalization }: Dataset,
  where: string,
  owner: string,
): void {
  if (normalization === expected || (normalization && expected && isSameNormalization(normalization, expected))) return;
  const others = expected ? "normalized with other statistics" : "normalized";
  const wanted = expected ? `normalize(${owner}.normalization)` : `no normalization, as in ${owner}`;
  throw new DownhillError("ERR_DATA", `${where} is ${normalization ? others : "not normalized"}, expected ${wanted}`);
}

/**
 * What raw data of a network goes through on its way into it: nothing where the data is normalized already. Before its
 * first fit a network has no statistics, and takes data as it is.
 *
 * @throws DownhillError as `normalizedLike`, but for inputs that are normalized later
 */
export function normalizerFor(
  model: Model,
  normalizer: Normalizer | undefined,
  data: Dataset,
  where: string,
): Normalizer | undefined {
  assertShape(model, data, where);
  if (normalizer && !data.normalization) {
    if (model.dtype === "float32") assertAnswersInFloat32(samplesOf(data), where);
    return normalizer;
  }
  if (normalizer) assertNormalization(normalizer.normalization, data, where, "network");
  assertFits(model, data, where);
  return undefined;
}

/** Samples are immutable, so those found to fit float32 are not searched again. */
const knownInFloat32 = new WeakSet<Samples>();

function assertFloat32(samples: Samples, where: string): void {
  if (knownInFloat32.has(samples)) return;
  const scale = Math.fround(samples.inputScale);
  if (scale === 0 || !Number.isFinite(scale)) {
    throw new DownhillError("ERR_DATA", `${where} has inputScale ${samples.inputScale}, which float32 cannot hold`);
  }
  assertHeld(samples.inputs, `${where}: inputs`, samples.inputSize, samples.inputScale);
  assertAnswersInFloat32(samples, where);
  knownInFloat32.add(samples);
}

function assertAnswersInFloat32({ targets, targetSize, weights }: Samples, where: string): void {
  if (targets) assertHeld(targets, `${where}: targets`, targetSize);
  if (weights) assertHeld(weights, `${where}: weights`, undefined);
}

/** @param width - of a row; undefined for plain values */
function assertHeld(values: Samples["inputs"], name: string, width: number | undefined, scale = 1): void {
  const found = firstBeyondFloat32(values, scale);
  if (found < 0) return;
  const place = width === undefined ? found : `${Math.floor(found / width)}][${found % width}`;
  throw new DownhillError("ERR_DATA", `${name}[${place}] is ${values[found]}, expected a number that float32 can hold`);
}

/** Raw inputs of many samples as a network with this normalizer reads them, in its own type, as those of one sample are. */
export function readNormalized(
  given: unknown,
  { dtype, layout }: Model,
  normalizer: Normalizer | undefined,
): ReturnType<typeof readInputs> {
  const samples = readInputs(given, layout.layers[0].inputs, "borrowed");
  if (!normalizer) return samples;
  const inputs = allocateValues(dtype, samples.inputs.length);
  normalizer.writeRows(samples, inputs, samples.table.place);
  return { ...samples, inputs };
}
