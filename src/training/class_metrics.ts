/** How well one class is told from the others. What nothing can be said about is 0, never NaN. */
export interface ClassMetrics {
  /** The share of the samples predicted to be of the class that are; 0 where none was predicted. */
  readonly precision: number;
  /** The share of the class's samples that were predicted to be of it; 0 where there are none. */
  readonly recall: number;
  /** The harmonic mean of both; 0 where both are 0. */
  readonly f1: number;
  /** How many samples are of the class. */
  readonly support: number;
}

/** What is counted of each class, (classes) each. */
export interface ClassCounts {
  /** Samples of the class. */
  readonly support: Float64Array;
  /** Samples predicted to be of the class. */
  readonly predicted: Float64Array;
  /** Samples of which both is true. */
  readonly hits: Float64Array;
}

const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);

/** The metrics of one class. */
function metricsOfClass({ support, predicted, hits }: ClassCounts, index: number): ClassMetrics {
  return {
    precision: share(hits[index], predicted[index]),
    recall: share(hits[index], support[index]),
    f1: share(2 * hits[index], support[index] + predicted[index]),
    support: support[index],
  };
}

/** The metrics of all classes, in their order. */
export function metricsOfClasses(counts: ClassCounts): ClassMetrics[] {
  return Array.from(counts.support, (_, index) => metricsOfClass(counts, index));
}

/** Plain means over the classes that occur or were predicted, as scikit-learn's `average="macro"` has them. */
export function macroAverages(counts: ClassCounts): { precision: number; recall: number; f1: number } {
  const sums = { precision: 0, recall: 0, f1: 0 };
  let classes = 0;
  for (let index = 0; index < counts.support.length; index++) {
    if (counts.support[index] + counts.predicted[index] === 0) continue;
    const { precision, recall, f1 } = metricsOfClass(counts, index);
    sums.precision += precision;
    sums.recall += recall;
    sums.f1 += f1;
    classes++;
  }
  const mean = (sum: number) => share(sum, classes);
  return { precision: mean(sums.precision), recall: mean(sums.recall), f1: mean(sums.f1) };
}
