import { describe, expect, it } from "vitest";
import { Network } from "../../src/index.ts";
import { numbersOf } from "../support/choices.ts";
import { expectClose } from "../support/closeness.ts";
import { FOREIGN_NETWORKS } from "../support/onnx_graphs.ts";

describe("an ONNX graph of", () => {
  it.each(FOREIGN_NETWORKS)("$title is read", async ({ bytes, dtype, expected, normalization, classNames }) => {
    const network = await Network.load(bytes, { format: "onnx", seed: 1 });
    const choicesOf = ({ layers }: ReturnType<Network["toJSON"]>) =>
      layers.map(({ units, activation }) => ({ units, activation }));
    expect(choicesOf(network.toJSON())).toEqual(choicesOf(expected.toJSON()));
    expect(network).toMatchObject({ dtype, seed: 1, arithmetic: "fast" });
    expect(network.normalization).toEqual(normalization);
    expect(network.classNames).toEqual(classNames);
    for (const [l] of expected.toJSON().layers.entries()) {
      expectClose(network.weights(l).data, expected.weights(l).data, dtype, `the weights of layer ${l}`);
    }
    const inputs = expected.layers[0];
    const input = numbersOf(5, inputs).map((number) => 3 * number);
    const { offset = Array<number>(inputs).fill(0), scale = Array<number>(inputs).fill(1) } = normalization ?? {};
    const normalized = input.map((number, j) => (number - offset[j]) * scale[j]);
    expectClose(network.predict(input), expected.predict(normalized), dtype);
  });
});
