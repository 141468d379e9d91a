import { zeroed } from "../memory.ts";
import { Random } from "../random.ts";
import type { Samples } from "../samples.ts";

/** Parts of data sets: which samples they have, and their values. */

type Row = Uint8Array | Uint32Array | Float32Array | Float64Array;

/** Gives the wanted rows of values that are `width` a sample. */
export type TakeRows = <Values extends Row>(values: Values, width: number) => Values;

/** A stretch of samples, in the memory they have. */
export function stretch(from: number, count: number): TakeRows {
  return (values, width) => values.subarray(from * width, (from + count) * width) as typeof values;
}

/** Copies of the samples with these indices, in their order. */
export function copies(indices: Uint32Array): TakeRows {
  return (values, width) => {
    const taken = zeroed(values.constructor as new (length: number) => typeof values, indices.length * width);
    for (let i = 0; i < indices.length; i++) {
      const first = indices[i] * width;
      if (width > WIDE) taken.set(values.subarray(first, first + width), i * width);
      else for (let j = 0; j < width; j++) taken[i * width + j] = values[first + j];
    }
    return taken;
  };
}

/** From here on a view costs less than a loop over its values. */
const WIDE = 64;

/** 0 … size − 1 */
function counted(size: number): Uint32Array {
  const indices = zeroed(Uint32Array, size);
  for (let i = 0; i < size; i++) indices[i] = i;
  return indices;
}

/** The part of samples that a function takes from each of their arrays. */
export function partOf(samples: Samples, size: number, take: TakeRows): Samples {
  const { inputSize, targetSize, inputs, targets, labels, weights } = samples;
  return {
    ...samples,
    size,
    inputs: take(inputs, inputSize),
    targets: targets && take(targets, targetSize),
    labels: labels && take(labels, 1),
    ...(weights && { weights: take(weights, 1) }),
  };
}

/** The indices from 0 to size − 1 in a random order. */
export function randomOrder(size: number, seed: number): Uint32Array {
  const order = counted(size);
  new Random(seed).shuffle(order);
  return order;
}

/**
 * Draws `count` of the samples at random and gives the indices of those and of the others, both ascending.
 *
 * @param labels - (size): the classes whose shares are kept, or undefined to draw from all alike
 */
export function drawParts(
  size: number,
  count: number,
  seed: number,
  labels: Uint32Array | undefined,
): [Uint32Array, Uint32Array] {
  const left = labels ? countsByClass(labels, count) : [count];
  const isDrawn = new Uint8Array(size);
  for (const index of randomOrder(size, seed)) {
    const label = labels ? labels[index] : 0;
    if (left[label] === 0) continue;
    left[label]--;
    isDrawn[index] = 1;
  }
  const indices = counted(size);
  return [indices.filter((index) => isDrawn[index] === 1), indices.filter((index) => isDrawn[index] === 0)];
}

/**
 * How many samples of each class are drawn so that there are `count` in all: proportional shares by the method of largest
 * remainders, but at least one and never all of a class that has two or more, where the counts allow that.
 */
function countsByClass(labels: Uint32Array, count: number): Uint32Array {
  const { sizes, least, most } = boundsOf(labels, count);
  const quotaOf = (c: number) => (sizes[c] * count) / labels.length;
  const counts = sizes.map((_, c) => Math.min(Math.max(Math.floor(quotaOf(c)), least[c]), most[c]));
  const step = Math.sign(count - sum(counts));
  const rooms = counts.map((drawn, c) => (step > 0 ? most[c] - drawn : drawn - least[c]));
  const rounds = wholeRounds(rooms, Math.abs(count - sum(counts)));
  for (const c of counts.keys()) counts[c] += step * Math.min(rooms[c], rounds);
  const left = Math.abs(count - sum(counts));
  const remainders = Float64Array.from(counts, (drawn, c) => step * (quotaOf(c) - drawn));
  const open = Array.from(counts.keys()).filter((c) => rooms[c] > rounds);
  open.sort((a, b) => remainders[b] - remainders[a] || a - b);
  for (const c of open.slice(0, left)) counts[c] += step;
  return counts;
}

/** How often every class that still has room can change by one before fewer than those classes are left to change. */
function wholeRounds(rooms: Uint32Array, changes: number): number {
  const changesIn = (rounds: number) => rooms.reduce((total, room) => total + Math.min(room, rounds), 0);
  let possible = 0;
  let tooMany = changes + 1;
  while (tooMany - possible > 1) {
    const middle = Math.floor((possible + tooMany) / 2);
    if (changesIn(middle) <= changes) possible = middle;
    else tooMany = middle;
  }
  return possible;
}

/** The size of each class, and how many of its samples may be drawn. */
function boundsOf(labels: Uint32Array, count: number) {
  const sizes = new Uint32Array(labels.reduce((most, label) => Math.max(most, label), 0) + 1);
  for (const label of labels) sizes[label]++;
  const least = sizes.map((size) => (size >= 2 ? 1 : 0));
  const most = sizes.map((size) => (size >= 2 ? size - 1 : size));
  return {
    sizes,
    least: sum(least) <= count ? least : new Uint32Array(sizes.length),
    most: sum(most) >= count ? most : sizes,
  };
}

function sum(values: Uint32Array): number {
  return values.reduce((total, value) => total + value, 0);
}
