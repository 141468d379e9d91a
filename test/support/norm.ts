/** √Σ v² over all values of several arrays. */
export function normOf(arrays: readonly Iterable<number>[]): number {
  let sum = 0;
  for (const values of arrays) for (const value of values) sum += value * value;
  return Math.sqrt(sum);
}
