import type { Point } from "./points.ts";

/** What a point came to: a line of the results file. */
export type Outcome = Trained | Failed;

export interface Trained extends Point {
  /** The epoch whose weights the network was left with, counted from 1, and what it came to on the validation data. */
  readonly epoch: number;
  readonly validation: { readonly loss: number; readonly accuracy?: number };
  /** How many epochs were trained, and how long that took. */
  readonly epochs: number;
  readonly seconds: number;
}

export interface Failed extends Point {
  /** Why it could not be trained. */
  readonly error: string;
}

export function isTrained(outcome: Outcome): outcome is Trained {
  return "validation" in outcome;
}

/** Best first: of equally accurate ones the one of less loss, then the first. Those that failed are last. */
export function ranked(outcomes: readonly Outcome[], monitor: "loss" | "accuracy"): Outcome[] {
  // The first place in which two differ decides.
  const badness = (outcome: Outcome): readonly number[] => {
    if (!isTrained(outcome)) return [1, 0, 0, outcome.point];
    const { loss, accuracy = 0 } = outcome.validation;
    return monitor === "loss" ? [0, loss, 0, outcome.point] : [0, -accuracy, loss, outcome.point];
  };
  return outcomes.toSorted((a, b) => {
    const others = badness(b);
    return (
      badness(a)
        .map((value, i) => value - others[i])
        .find((difference) => difference !== 0) ?? 0
    );
  });
}
