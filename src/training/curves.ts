/**
 * What the curves of learning rates are made of. `Math.pow` and `Math.cos` may differ from engine to engine in their last
 * bits; these use nothing but operations that every engine rounds alike.
 */

/** base^exponent for an integer exponent of at least 0, by squaring. */
export function power(base: number, exponent: number): number {
  let result = 1;
  let square = base;
  for (let left = exponent; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}

/** From `start` at share 0 to `end` at share 1 along half a cosine: end + (start − end) (1 + cos(π share)) / 2. */
export function annealed(start: number, end: number, share: number): number {
  return end + (start - end) * halfCosine(share);
}

/** (1 + cos(π share)) / 2 = cos²(π share / 2), for a share from 0 to 1; exactly 1 at 0 and exactly 0 at 1. */
function halfCosine(share: number): number {
  const quarter = share <= 0.5 ? share : 1 - share;
  const x = (Math.PI / 2) * quarter;
  const root = share <= 0.5 ? alternatingSeries(x * x, 1) : x * alternatingSeries(x * x, 2);
  return root * root;
}

/**
 * 1 − x²/(n (n + 1)) (1 − x²/((n + 2) (n + 3)) (1 − …)): the Taylor series of cos x for n = 1 and of sin(x) / x for n = 2. Up
 * to π/4 what is left out is less than 1e-17.
 */
function alternatingSeries(square: number, n: number): number {
  let sum = 1;
  for (let k = n + 14; k >= n; k -= 2) sum = 1 - (square / (k * (k + 1))) * sum;
  return sum;
}
