/**
 * Means and squared deviations of columns, row after row in float64, by Welford's updates ("Note on a method for
 * calculating corrected sums of squares and products", 1962): no two large sums are subtracted from each other.
 */
export class Moments {
  /** (columns) */
  readonly means: Float64Array;
  /** (columns): Σ (value − mean)². A constant column has exactly 0. */
  readonly squaredDeviations: Float64Array;
  #rows = 0;

  constructor(columns: number) {
    this.means = new Float64Array(columns);
    this.squaredDeviations = new Float64Array(columns);
  }

  get rows(): number {
    return this.#rows;
  }

  /** Adds the row that begins at `offset`. */
  add(values: ArrayLike<number>, offset = 0): void {
    this.#rows++;
    const share = 1 / this.#rows;
    for (let column = 0; column < this.means.length; column++) {
      const value = values[offset + column];
      const difference = value - this.means[column];
      this.means[column] += difference * share;
      this.squaredDeviations[column] += difference * (value - this.means[column]);
    }
  }
}
