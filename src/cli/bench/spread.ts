/** The middle half of some measurements. */
export interface Spread {
  readonly lower: number;
  readonly median: number;
  readonly upper: number;
  readonly count: number;
}

/** The median and the quartiles of at least one value, each interpolated between the two values around its place. */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError("there is no median of no values");
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => {
    const place = share * (sorted.length - 1);
    const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
    return below + (above - below) * (place % 1);
  };
  return { lower: at(0.25), median: at(0.5), upper: at(0.75), count: values.length };
}
