/**
 * What optimizers do to the weights w with the gradient g and the memories f and s, in float32; see `products.ts` for
 * the rounding. The formulas are PyTorch's. Each works on `count` values from `from` on, and rounds each product before
 * it is added, in the order of operations of its C++ namesake (native/kernels).
 */
import { StepConstant } from "../../kernel_list.ts";
import { LANES, sumOfLanes } from "./lanes.ts";

type Values = Float32Array;

const fround = Math.fround;
const lanes = new Float64Array(LANES);

/** G = scale · g + decay · w; w += rate · G */
export function sgdStep(w: Values, g: Values, constants: Values, count: number, from = 0): void {
  const rate = constants[StepConstant.rate];
  const scale = constants[StepConstant.gradientScale];
  const decay = constants[StepConstant.decay];
  for (let i = from; i < from + count; i++) {
    const gradient = fround(fround(decay * w[i]) + fround(scale * g[i]));
    w[i] = fround(rate * gradient) + w[i];
  }
}

/** G = scale · g + decay · w; f = firstDecay · f + G; w += rate · f */
export function momentumStep(w: Values, g: Values, f: Values, constants: Values, count: number, from = 0): void {
  const rate = constants[StepConstant.rate];
  const scale = constants[StepConstant.gradientScale];
  const decay = constants[StepConstant.decay];
  const momentum = constants[StepConstant.firstDecay];
  for (let i = from; i < from + count; i++) {
    const gradient = fround(fround(decay * w[i]) + fround(scale * g[i]));
    const velocity = fround(fround(momentum * f[i]) + gradient);
    f[i] = velocity;
    w[i] = fround(rate * velocity) + w[i];
  }
}

/** momentumStep with w += rate · (firstDecay · f + G), f being the new one */
export function nesterovStep(w: Values, g: Values, f: Values, constants: Values, count: number, from = 0): void {
  const rate = constants[StepConstant.rate];
  const scale = constants[StepConstant.gradientScale];
  const decay = constants[StepConstant.decay];
  const momentum = constants[StepConstant.firstDecay];
  for (let i = from; i < from + count; i++) {
    const gradient = fround(fround(decay * w[i]) + fround(scale * g[i]));
    const velocity = fround(fround(momentum * f[i]) + gradient);
    f[i] = velocity;
    w[i] = fround(rate * fround(fround(momentum * velocity) + gradient)) + w[i];
  }
}

/** G = scale · g + decay · w; f = firstDecay · f + firstShare · G²; w += rate · G / (√f + epsilon) */
export function rmspropStep(w: Values, g: Values, f: Values, constants: Values, count: number, from = 0): void {
  const rate = constants[StepConstant.rate];
  const scale = constants[StepConstant.gradientScale];
  const decay = constants[StepConstant.decay];
  const keptShare = constants[StepConstant.firstDecay];
  const newShare = constants[StepConstant.firstShare];
  const epsilon = constants[StepConstant.epsilon];
  for (let i = from; i < from + count; i++) {
    const gradient = fround(fround(decay * w[i]) + fround(scale * g[i]));
    const square = fround(fround(keptShare * f[i]) + fround(newShare * fround(gradient * gradient)));
    f[i] = square;
    w[i] = fround(rate * fround(gradient / fround(fround(Math.sqrt(square)) + epsilon))) + w[i];
  }
}

/**
 * G = scale · g; f += firstShare · (G − f); s = secondDecay · s + secondShare · G²;
 * w = keep · w + rate · f / (rootScale · √s + epsilon)
 */
export function adamStep(w: Values, g: Values, f: Values, s: Values, constants: Values, count: number, from = 0): void {
  const rate = constants[StepConstant.rate];
  const scale = constants[StepConstant.gradientScale];
  const keep = constants[StepConstant.keep];
  const meanShare = constants[StepConstant.firstShare];
  const keptShare = constants[StepConstant.secondDecay];
  const newShare = constants[StepConstant.secondShare];
  const rootScale = constants[StepConstant.rootScale];
  const epsilon = constants[StepConstant.epsilon];
  for (let i = from; i < from + count; i++) {
    const gradient = fround(scale * g[i]);
    const mean = fround(fround(meanShare * fround(gradient - f[i])) + f[i]);
    const square = fround(fround(keptShare * s[i]) + fround(newShare * fround(gradient * gradient)));
    f[i] = mean;
    s[i] = square;
    const divisor = fround(fround(fround(Math.sqrt(square)) * rootScale) + epsilon);
    w[i] = fround(rate * fround(mean / divisor)) + fround(keep * w[i]);
  }
}

/** out = Σ values², (1), lane by lane as in gemv */
export function sumSquares(values: Values, out: Values, count: number, from = 0): void {
  const end = from + count;
  const step = LANES;
  for (let lane = 0; lane < step; lane++) {
    let sum = 0;
    for (let i = from + lane; i < end; i += step) sum = fround(sum + fround(values[i] * values[i]));
    lanes[lane] = sum;
  }
  out[0] = sumOfLanes(lanes, 0);
}
