/**
 * Products of matrices, for blocks of samples, in float32; see `products.ts` for the rounding. All four are one product
 * of packed factors: tiles of 4 x 2 sums in local variables, read from arrays of a known size. Engines fold the addresses
 * and lengths of such constants into the code; that and the packed order make it twice as fast as indexing the matrices.
 *
 * Every result is one sum in one order, whatever the tiles: along a row as in gemv, over rows and over samples in
 * their order.
 */
import { LANES } from "./lanes.ts";
import { gemvAt, SHORT_ROW } from "./products.ts";

type Values = Float32Array;

/** A matrix as a factor: vectors `step` values apart, of values `depthStep` apart. */
interface Factor {
  readonly values: Values;
  readonly first: number;
  readonly step: number;
  readonly depthStep: number;
}

/** Where sums go: that of left vector r and right vector c lies at first + r · rowStep + c · columnStep. */
interface Result {
  readonly values: Values;
  readonly first: number;
  readonly rowStep: number;
  readonly columnStep: number;
}

/** What happens to what a result holds: nothing is kept of it, the sum goes on from it, or the sum is added to it. */
type Mode = "replace" | "continue" | "add";

/** Terms that are packed at once; whole rounds of lanes. */
const MOST_DEPTH = 4096;
const MOST_PAIRS = 64;
const PACKED_VALUES = 2 ** 15;

const fround = Math.fround;
/** (depth, 4) */
const left = new Float64Array(4 * MOST_DEPTH);
/** (pairs, depth, 2) */
const right = new Float64Array(PACKED_VALUES);
/** (lanes, pairs, 2, 4) */
const sums = new Float64Array(LANES * MOST_PAIRS * 8);
const LANE_SIZE = MOST_PAIRS * 8;

/** Lane by lane, so that the terms of each lie side by side; the last vector stands in for those that are not there. */
function packLeft({ values, first, step, depthStep }: Factor, count: number, depth: number, lanes: number): void {
  const stride = lanes * depthStep;
  let to = 0;
  for (let lane = 0; lane < lanes; lane++) {
    let k0 = first + lane * depthStep;
    let k1 = k0 + Math.min(1, count - 1) * step;
    let k2 = k0 + Math.min(2, count - 1) * step;
    let k3 = k0 + Math.min(3, count - 1) * step;
    for (let d = lane; d < depth; d += lanes) {
      left[to] = values[k0];
      left[to + 1] = values[k1];
      left[to + 2] = values[k2];
      left[to + 3] = values[k3];
      k0 += stride;
      k1 += stride;
      k2 += stride;
      k3 += stride;
      to += 4;
    }
  }
}

/** Pair by pair, and in each like `packLeft`. */
function packRight({ values, first, step, depthStep }: Factor, count: number, depth: number, lanes: number): void {
  const stride = lanes * depthStep;
  let to = 0;
  for (let c = 0; c < count; c += 2) {
    for (let lane = 0; lane < lanes; lane++) {
      let k0 = first + c * step + lane * depthStep;
      let k1 = k0 + Math.min(1, count - 1 - c) * step;
      for (let d = lane; d < depth; d += lanes) {
        right[to] = values[k0];
        right[to + 1] = values[k1];
        k0 += stride;
        k1 += stride;
        to += 2;
      }
    }
  }
}

/** Adds `terms` products to each of the sums of a tile; packed factors and sums begin at `a`, `b` and `at`. */
function addTile(a: number, b: number, terms: number, at: number): void {
  let s00 = sums[at];
  let s10 = sums[at + 1];
  let s20 = sums[at + 2];
  let s30 = sums[at + 3];
  let s01 = sums[at + 4];
  let s11 = sums[at + 5];
  let s21 = sums[at + 6];
  let s31 = sums[at + 7];
  let j = b;
  let k = a;
  // Two terms a turn: the engine keeps some of the sums in memory from one turn to the next, and waits for them.
  const end = a + 4 * (terms - 1);
  for (; k < end; k += 8) {
    const x0 = right[j];
    const x1 = right[j + 1];
    const w0 = left[k];
    const w1 = left[k + 1];
    const w2 = left[k + 2];
    const w3 = left[k + 3];
    s00 = fround(s00 + fround(w0 * x0));
    s01 = fround(s01 + fround(w0 * x1));
    s10 = fround(s10 + fround(w1 * x0));
    s11 = fround(s11 + fround(w1 * x1));
    s20 = fround(s20 + fround(w2 * x0));
    s21 = fround(s21 + fround(w2 * x1));
    s30 = fround(s30 + fround(w3 * x0));
    s31 = fround(s31 + fround(w3 * x1));
    const y0 = right[j + 2];
    const y1 = right[j + 3];
    const v0 = left[k + 4];
    const v1 = left[k + 5];
    const v2 = left[k + 6];
    const v3 = left[k + 7];
    s00 = fround(s00 + fround(v0 * y0));
    s01 = fround(s01 + fround(v0 * y1));
    s10 = fround(s10 + fround(v1 * y0));
    s11 = fround(s11 + fround(v1 * y1));
    s20 = fround(s20 + fround(v2 * y0));
    s21 = fround(s21 + fround(v2 * y1));
    s30 = fround(s30 + fround(v3 * y0));
    s31 = fround(s31 + fround(v3 * y1));
    j += 4;
  }
  if (terms % 2 === 1) {
    const x0 = right[j];
    const x1 = right[j + 1];
    s00 = fround(s00 + fround(left[k] * x0));
    s01 = fround(s01 + fround(left[k] * x1));
    s10 = fround(s10 + fround(left[k + 1] * x0));
    s11 = fround(s11 + fround(left[k + 1] * x1));
    s20 = fround(s20 + fround(left[k + 2] * x0));
    s21 = fround(s21 + fround(left[k + 2] * x1));
    s30 = fround(s30 + fround(left[k + 3] * x0));
    s31 = fround(s31 + fround(left[k + 3] * x1));
  }
  sums[at] = s00;
  sums[at + 1] = s10;
  sums[at + 2] = s20;
  sums[at + 3] = s30;
  sums[at + 4] = s01;
  sums[at + 5] = s11;
  sums[at + 6] = s21;
  sums[at + 7] = s31;
}

/** Adds the products of what is packed to the sums. */
function addProducts(pairs: number, depth: number, lanes: number): void {
  for (let lane = 0, done = 0; lane < lanes; lane++) {
    const terms = Math.ceil((depth - lane) / lanes);
    for (let pair = 0; pair < pairs; pair++) {
      addTile(4 * done, 2 * (pair * depth + done), terms, lane * LANE_SIZE + 8 * pair);
    }
    done += terms;
  }
}

/** Where a tile's sum of left vector r and right vector c lies. */
function sumAt(r: number, c: number): number {
  return 4 * c + r;
}

function beginSums(result: Result, rows: number, columns: number, lanes: number, mode: Mode): void {
  for (let lane = 0; lane < lanes; lane++) sums.fill(0, lane * LANE_SIZE, lane * LANE_SIZE + 4 * (columns + 1));
  if (mode !== "continue") return;
  const { values, first, rowStep, columnStep } = result;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) sums[sumAt(r, c)] = values[first + r * rowStep + c * columnStep];
  }
}

/** Adds the lanes up, as `sumOfLanes` does, and writes the results. */
function endSums(result: Result, rows: number, columns: number, lanes: number, mode: Mode, factor: number): void {
  for (let half = lanes / 2; half >= 1; half /= 2) {
    const distance = half * LANE_SIZE;
    for (let lane = 0; lane < half; lane++) {
      const begin = lane * LANE_SIZE;
      for (let i = begin; i < begin + 4 * columns; i++) sums[i] = fround(sums[i] + sums[i + distance]);
    }
  }
  const { values, first, rowStep, columnStep } = result;
  for (let r = 0; r < rows; r++) {
    let k = first + r * rowStep;
    let at = sumAt(r, 0);
    if (mode === "add") {
      for (let c = 0; c < columns; c++, k += columnStep, at += 4) values[k] = values[k] + fround(factor * sums[at]);
    } else {
      for (let c = 0; c < columns; c++, k += columnStep, at += 4) values[k] = sums[at];
    }
  }
}

function from(factor: Factor, vector: number, depth: number): Factor {
  const { values, first, step, depthStep } = factor;
  return { values, first: first + vector * step + depth * depthStep, step, depthStep };
}

/** The products of `rows` vectors with `columns` vectors of `depth` terms each. */
function multiply(
  leftFactor: Factor,
  rows: number,
  rightFactor: Factor,
  columns: number,
  depth: number,
  lanes: number,
  result: Result,
  mode: Mode,
  factor: number,
): void {
  // A matrix without rows may claim any number of columns.
  if (rows === 0) return;
  const depthAtOnce = Math.min(depth, MOST_DEPTH);
  const columnsAtOnce = 2 * Math.min(MOST_PAIRS, Math.floor(PACKED_VALUES / (2 * Math.max(1, depthAtOnce))));
  for (let c = 0; c < columns; c += columnsAtOnce) {
    const width = Math.min(columnsAtOnce, columns - c);
    for (let r = 0; r < rows; r += 4) {
      const height = Math.min(4, rows - r);
      const { values, rowStep, columnStep } = result;
      const part = { values, first: result.first + r * rowStep + c * columnStep, rowStep, columnStep };
      beginSums(part, height, width, lanes, mode);
      for (let d = 0; d < depth; d += depthAtOnce) {
        const terms = Math.min(depthAtOnce, depth - d);
        packLeft(from(leftFactor, r, d), height, terms, lanes);
        if (r === 0 || depth > depthAtOnce) packRight(from(rightFactor, c, d), width, terms, lanes);
        addProducts(Math.ceil(width / 2), terms, lanes);
      }
      endSums(part, height, width, lanes, mode, factor);
    }
  }
}

/** Packing pays from so many samples on. */
const LEAST_SAMPLES = 4;

/** out = X Wᵀ, (samples, rows): gemv of every sample, to the bit */
export function gemm(
  w: Values,
  rows: number,
  columns: number,
  stride: number,
  x: Values,
  samples: number,
  xStride: number,
  out: Values,
  outStride: number,
): void {
  if (samples < LEAST_SAMPLES || columns <= SHORT_ROW) {
    for (let s = 0; s < samples; s++) gemvAt(w, rows, columns, stride, x, s * xStride, out, s * outStride);
    return;
  }
  const weights = { values: w, first: 0, step: stride, depthStep: 1 };
  const inputs = { values: x, first: 0, step: xStride, depthStep: 1 };
  const result = { values: out, first: 0, rowStep: 1, columnStep: outStride };
  multiply(weights, rows, inputs, samples, columns, LANES, result, "replace", 1);
}

/** out = Ψ W, (samples, columns), every sum in the order of the rows */
export function gemmTransposed(
  w: Values,
  rows: number,
  columns: number,
  stride: number,
  psi: Values,
  samples: number,
  psiStride: number,
  out: Values,
  outStride: number,
): void {
  const psis = { values: psi, first: 0, step: psiStride, depthStep: 1 };
  const weights = { values: w, first: 0, step: 1, depthStep: stride };
  const result = { values: out, first: 0, rowStep: outStride, columnStep: 1 };
  multiply(psis, samples, weights, columns, rows, 1, result, "replace", 1);
}

/** W += scale · Ψᵀ X, the sum over the samples formed first, in their order */
export function outerProducts(
  w: Values,
  rows: number,
  columns: number,
  stride: number,
  psi: Values,
  samples: number,
  psiStride: number,
  x: Values,
  xStride: number,
  scale: number,
): void {
  const psis = { values: psi, first: 0, step: 1, depthStep: psiStride };
  const inputs = { values: x, first: 0, step: 1, depthStep: xStride };
  const result = { values: w, first: 0, rowStep: stride, columnStep: 1 };
  multiply(psis, rows, inputs, columns, samples, 1, result, "add", Math.fround(scale));
}

/** W + ψ_0 x_0ᵀ + ψ_1 x_1ᵀ + …, from left to right */
export function accumulateOuterProducts(
  w: Values,
  rows: number,
  columns: number,
  stride: number,
  psi: Values,
  samples: number,
  psiStride: number,
  x: Values,
  xStride: number,
): void {
  const psis = { values: psi, first: 0, step: 1, depthStep: psiStride };
  const inputs = { values: x, first: 0, step: 1, depthStep: xStride };
  const result = { values: w, first: 0, rowStep: stride, columnStep: 1 };
  multiply(psis, rows, inputs, columns, samples, 1, result, "continue", 1);
}
