import { expect, expectTypeOf, it } from "vitest";
import { Dataset, type Network, type NormalizationKind, type TrainingData } from "../../src/browser.ts";

it("the types that fit and normalize take have names", () => {
  expectTypeOf<Parameters<Network["fit"]>[0]>().toEqualTypeOf<TrainingData>();
  expectTypeOf<NormalizationKind>().toEqualTypeOf<"standard" | "minMax">();
  const kind: NormalizationKind = "minMax";
  const data: TrainingData = Dataset.from({ inputs: [[1], [3]], targets: [[0], [1]] }).normalize(kind);
  expect(data).toMatchObject({ normalization: { offset: [1], scale: [0.5] } });
});
