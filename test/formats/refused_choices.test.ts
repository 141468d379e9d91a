import { describe, expect, it } from "vitest";
import { type LoadOptions, Network } from "../../src/index.ts";
import { expectRejected, expectThrown, mistyped } from "../support/errors.ts";
import { foreignModel, node, raw, value } from "../support/onnx.ts";
import { writeTensorFile } from "../support/tensor_file.ts";

const OWN = new Network([2, 3, 1], { seed: 1 });

/** x · W and a softmax, as others write it. */
const FOREIGN = foreignModel({
  nodes: [node("MatMul", ["x", "W"], ["a"]), node("Softmax", ["a"], ["y"])],
  initializers: [raw("W", [2, 2], Float32Array.of(1, 2, 3, 4))],
  inputs: [value("x", ["n", 2])],
  outputs: [value("y", ["n", 2])],
});

describe("a wrong option is the caller's, not the file's:", () => {
  it.each([0, -1, 1.5, null, "2"])("threads of %j", async (given) => {
    const threads = mistyped<number>(given);
    expectThrown(() => Network.fromJSON(OWN.toJSON(), { threads }), "ERR_OPTION", "options.threads");
    for (const format of ["json", "safetensors", "onnx"] as const) {
      const loading = Network.load(await OWN.toBytes(format), { format, threads });
      await expectRejected(loading, "ERR_OPTION", "options.threads");
    }
    await expectRejected(Network.load(FOREIGN, { format: "onnx", threads }), "ERR_OPTION", "options.threads");
  });

  it.each(["", null, "gpu", 1])("a backend of %j", async (given) => {
    const backend = mistyped<"auto">(given);
    expectThrown(() => Network.fromJSON(OWN.toJSON(), { backend }), "ERR_OPTION", "options.backend");
    const bytes = await OWN.toBytes("json");
    await expectRejected(Network.load(bytes, { format: "json", backend }), "ERR_OPTION", "options.backend");
  });

  it.each<[LoadOptions, string]>([
    [{ seed: -1 }, "seed is -1"],
    [{ loss: mistyped("foo") }, 'loss is "foo"'],
    [{ loss: "binaryCrossEntropy" }, "softmax"],
    [{ arithmetic: mistyped("x") }, 'arithmetic is "x"'],
  ])("%j for a graph of others", async (options, fragment) => {
    await expectRejected(Network.load(FOREIGN, { format: "onnx", ...options }), "ERR_OPTION", fragment);
  });

  it.each([null, 1, ["relu"], {}])("an output activation of %j for weights of others", async (given) => {
    const weight = { dtype: "F32", shape: [1, 1], values: [2] } as const;
    const options = { format: "safetensors", outputActivation: mistyped<"relu">(given) } as const;
    await expectRejected(Network.load(writeTensorFile({ weight }), options), "ERR_OPTION", "options.outputActivation");
  });

  it("while right ones are taken", async () => {
    const options = { format: "onnx", seed: 3, threads: 1, arithmetic: "reproducible" } as const;
    expect(await Network.load(FOREIGN, options)).toMatchObject({ seed: 3, arithmetic: "reproducible" });
    expect(Network.fromJSON(OWN.toJSON(), { threads: 2 }).toJSON()).toEqual(OWN.toJSON());
  });
});
