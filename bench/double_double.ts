/**
 * Numbers of about 106 bits as unevaluated sums of two float64 numbers, for references that float64 results are held
 * against. T. J. Dekker, "A floating-point technique for extending the available precision" (1971); the exact sum is
 * Knuth's. Not for values near the ends of the range: splitting overflows above 2^996, low parts vanish below 2^-969.
 */
export interface DoubleDouble {
  readonly high: number;
  /** At most half a unit in the last place of `high`. */
  readonly low: number;
}

/** A float64 number as it is. */
export function exactly(value: number): DoubleDouble {
  return { high: value, low: 0 };
}

/** a + b without error. */
export function twoSum(a: number, b: number): DoubleDouble {
  const high = a + b;
  const shareOfB = high - a;
  return { high, low: a - (high - shareOfB) + (b - shareOfB) };
}

/** a + b without error, for |a| ≥ |b|. */
function fastTwoSum(a: number, b: number): DoubleDouble {
  const high = a + b;
  return { high, low: b - (high - a) };
}

/** 2^27 + 1 */
const SPLITTER = 134217729;

/** a · b without error: the factors are split into halves whose products are exact. */
export function twoProduct(a: number, b: number): DoubleDouble {
  const high = a * b;
  const scaledA = SPLITTER * a;
  const upperA = scaledA - (scaledA - a);
  const lowerA = a - upperA;
  const scaledB = SPLITTER * b;
  const upperB = scaledB - (scaledB - b);
  const lowerB = b - upperB;
  const low = lowerA * lowerB - (high - upperA * upperB - lowerA * upperB - upperA * lowerB);
  return { high, low };
}

/** a + b, to some hundred bits. */
export function add(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const upper = twoSum(a.high, b.high);
  const lower = twoSum(a.low, b.low);
  const middle = fastTwoSum(upper.high, upper.low + lower.high);
  return fastTwoSum(middle.high, middle.low + lower.low);
}

/** −a, exactly. */
export function negated(a: DoubleDouble): DoubleDouble {
  return { high: -a.high, low: -a.low };
}

/** a · b, to some hundred bits. */
export function multiply(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const product = twoProduct(a.high, b.high);
  return fastTwoSum(product.high, product.low + (a.high * b.low + a.low * b.high));
}

/** Long division, three digits of 53 bits. */
export function divide(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const first = a.high / b.high;
  const afterFirst = add(a, negated(multiply(b, exactly(first))));
  const second = afterFirst.high / b.high;
  const afterSecond = add(afterFirst, negated(multiply(b, exactly(second))));
  return add(fastTwoSum(first, second), exactly(afterSecond.high / b.high));
}

/** The root of a number that is not negative: one step of Newton's from that of its high part. */
export function squareRoot(a: DoubleDouble): DoubleDouble {
  const root = Math.sqrt(a.high);
  if (root === 0) return exactly(0);
  const rest = add(a, negated(twoProduct(root, root)));
  return fastTwoSum(root, rest.high / (2 * root));
}

/** ln 2 to 107 bits. */
const LN2: DoubleDouble = { high: Math.LN2, low: 2.3190468138462996e-17 };

/** 0.35^25 / 25! is below 2^-120. */
const LAST_TERM = 24;

/**
 * e^x for |x| up to about 600, to a hundred bits: x = k ln 2 + r with |r| ≤ ln 2 / 2, e^r by its Taylor series in
 * Horner's form 1 + r (1 + r/2 (1 + r/3 (…))).
 */
export function exponential(x: DoubleDouble): DoubleDouble {
  const k = Math.round(x.high / Math.LN2);
  const r = add(x, negated(multiply(LN2, exactly(k))));
  const one = exactly(1);
  let sum = one;
  for (let n = LAST_TERM; n >= 1; n--) sum = add(one, divide(multiply(sum, r), exactly(n)));
  const power = 2 ** k;
  return { high: sum.high * power, low: sum.low * power };
}

/** Every `stride`th value from `first` on. */
export interface Slice {
  readonly values: ArrayLike<number>;
  readonly first: number;
  readonly stride: number;
}

/** Σ a_i b_i over `count` values, the products exact and the sum in double-double. */
export function dotProduct(count: number, a: Slice, b: ArrayLike<number>): DoubleDouble {
  let sum = exactly(0);
  for (let i = 0; i < count; i++) sum = add(sum, twoProduct(a.values[a.first + i * a.stride], b[i]));
  return sum;
}
