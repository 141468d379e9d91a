import { describe, expect, it } from "vitest";
import { Network } from "../../src/index.ts";
import { expectRejected } from "../support/errors.ts";
import {
  attribute,
  attributes,
  type ForeignGraph,
  foreignModel,
  listed,
  type Message,
  node,
  raw,
  value,
} from "../support/onnx.ts";

const load = (graph: ForeignGraph) => Network.load(foreignModel(graph), { format: "onnx" });

const WEIGHTS = [
  raw("W", [2, 2], Float32Array.of(1, 2, 3, 4)),
  raw("b", [2], Float32Array.of(5, 6)),
  raw("V", [2, 2], Float32Array.of(1, -1, 2, -2)),
  raw("two", [], Float32Array.of(2)),
  raw("wide", [3], Float32Array.of(1, 2, 3)),
];
const gemm = (from: string, to: string, more: Message = {}) => node("Gemm", [from, "W", "b"], [to], more);

/** A graph from x, (n, 2), to y. */
function graph(nodes: readonly Message[], more: Partial<ForeignGraph> = {}): ForeignGraph {
  return { nodes, initializers: WEIGHTS, inputs: [value("x", ["n", 2])], outputs: [value("y", ["n", 2])], ...more };
}

const operator = (type: string, more: Message = {}) => [gemm("x", "a"), node(type, ["a"], ["y"], more)];

describe("an ONNX graph is refused, by the name of the node, with", () => {
  it.each<[string, readonly Message[], string]>([
    [
      "an operator that no layer can stand for",
      [gemm("x", "a"), node("Conv", ["a", "W"], ["y"])],
      'node "/y" (Conv): no layer',
    ],
    ["a recurrent network", [node("LSTM", ["x", "W", "V"], ["y"])], 'node "/y" (LSTM)'],
    ["control flow", operator("If"), 'node "/y" (If)'],
    ["an operator of somebody's own", operator("com.example:Relu"), 'node "/y" (com.example.Relu)'],
    [
      "a residual branch",
      [gemm("x", "a"), node("Add", ["a", "x"], ["y"])],
      'node "/y" (Add): "x" is no constant, so two values meet',
    ],
    [
      "attention",
      [gemm("x", "a"), gemm("x", "b2"), node("MatMul", ["a", "b2"], ["y"])],
      'node "/y" (MatMul): "b2" is no constant',
    ],
    [
      "weights that are computed",
      [node("Exp", ["W"], ["E"]), node("MatMul", ["x", "E"], ["y"])],
      'node "/y" (MatMul): "E" is no constant',
    ],
    ["a constant on the left", [node("MatMul", ["W", "x"], ["y"])], 'by the constant "W" from the left'],
    [
      "samples as columns",
      [gemm("x", "y", attributes(attribute("transA", "i", 1)))],
      'node "/y" (Gemm): transA is not 0',
    ],
    ["weights that are no matrix", [node("MatMul", ["x", "b"], ["y"])], '"b" has the shape [2], expected a matrix'],
    [
      "weights of another size",
      [gemm("x", "a"), node("Gemm", ["a", "wide3", "b"], ["y"])],
      "its weights are for 3 values, but a sample has the shape [2] here",
    ],
    [
      "an activation on inputs",
      [node("Relu", ["x"], ["a"]), gemm("a", "y")],
      'node "/a" (Relu): it does not follow a Gemm',
    ],
    [
      "two activations",
      [...operator("Relu").slice(0, 1), node("Relu", ["a"], ["c"]), node("Tanh", ["c"], ["y"])],
      'node "/y" (Tanh): it does not follow',
    ],
    [
      "a softmax in the middle",
      [gemm("x", "a"), node("Softmax", ["a"], ["c"]), gemm("c", "y")],
      'node "/y" (Gemm): it follows a softmax',
    ],
    ["a softmax over the samples", operator("Softmax", attributes(attribute("axis", "i", 0))), "axis is 0"],
    ["a negative alpha", operator("LeakyRelu", attributes(attribute("alpha", "f", -1))), "alpha is -1"],
    ["a slope for each unit", [gemm("x", "a"), node("PRelu", ["a", "b"], ["y"])], "has different slopes"],
    ["a maximum of something else", [gemm("x", "a"), node("Max", ["a", "two"], ["y"])], "it is no leaky ReLU"],
    [
      "a leaky ReLU upside down",
      [gemm("x", "a"), node("Mul", ["a", "two"], ["c"]), node("Max", ["a", "c"], ["y"])],
      "it is no leaky ReLU",
    ],
    [
      "outputs that are changed at last",
      [gemm("x", "a"), node("Sigmoid", ["a"], ["c"]), node("Mul", ["c", "two"], ["y"])],
      'node "/y" (Mul): it changes',
    ],
    [
      "a constant of another shape",
      [gemm("x", "a"), node("Add", ["a", "wide"], ["y"])],
      "its constant has the shape [3], but a sample has [2]",
    ],
    [
      "a constant for each sample",
      [gemm("x", "a"), node("Add", ["a", "column"], ["y"])],
      "its constant has the shape [2, 1], but a sample has [2]",
    ],
    [
      "a constant that adds a dimension",
      [gemm("x", "a"), node("Add", ["a", "deep"], ["y"])],
      "its constant has the shape [1, 1, 1]",
    ],
    ["a constant that is divided", [gemm("x", "a"), node("Div", ["two", "a"], ["y"])], "it divides a constant"],
    ["whole numbers", operator("Cast", attributes(attribute("to", "i", 7))), "it casts to whole numbers"],
    [
      "samples that are mixed",
      [node("Reshape", ["x", "mixed"], ["a"]), gemm("a", "y")],
      "does not keep the samples apart",
    ],
    [
      "a shape that is computed",
      [node("Size", ["x"], ["s"]), node("Reshape", ["x", "s"], ["a"]), gemm("a", "y")],
      'its shape "s" is neither constant',
    ],
    [
      "an axis that is not flattened so",
      [node("Flatten", ["x"], ["a"], attributes(attribute("axis", "i", 0))), gemm("a", "y")],
      "axis is 0",
    ],
    [
      "samples that are squeezed",
      [node("Squeeze", ["x", "zero"], ["a"]), gemm("a", "y")],
      "axes are 0, expected none to be that of the samples",
    ],
    ["values that are turned", [node("Transpose", ["x"], ["a"]), gemm("a", "y")], 'node "/a" (Transpose)'],
    [
      "batch normalization in training",
      operator("BatchNormalization", attributes(attribute("training_mode", "i", 1))),
      "training_mode is not 0",
    ],
    [
      "dropout in training",
      [gemm("x", "a"), node("Dropout", ["a", "two", "true"], ["y"])],
      "training_mode is not false",
    ],
    [
      "another output of a node",
      [gemm("x", "a"), node("Dropout", ["a"], ["c", "y"])],
      '"y" is not what a node gives first',
    ],
    ["nothing of a network", [node("Mul", ["x", "two"], ["y"])], "there is no Gemm and no MatMul"],
    ["an output that does not depend on the input", [gemm("W", "y")], '"W" is not what a node gives first'],
    [
      "a circle",
      [node("Identity", ["c"], ["a"]), node("Identity", ["a"], ["c"]), gemm("a", "y")],
      "depends on what it gives",
    ],
    ["a node that feeds itself", [gemm("y", "y")], "depends on what it gives"],
    ["a value that two nodes give", [gemm("x", "y"), gemm("x", "y")], 'gives "y", which something else gives, too'],
    ["two inputs of one node that are missing", [node("MatMul", ["x"], ["y"])], "it has 1 inputs, expected 2"],
  ])("%s", async (_, nodes, fragment) => {
    const initializers = [
      ...WEIGHTS,
      raw("wide3", [3, 2], new Float32Array(6)),
      raw("column", [2, 1], Float32Array.of(1, 2)),
      raw("deep", [1, 1, 1], Float32Array.of(1)),
      raw("mixed", [2], BigInt64Array.of(2n, -1n)),
      raw("zero", [1], BigInt64Array.of(0n)),
      listed("true", [], "bool", [1]),
    ];
    await expectRejected(load(graph(nodes, { initializers })), "ERR_FORMAT", fragment);
  });

  it.each<[string, Partial<ForeignGraph>, string]>([
    [
      "two inputs",
      { inputs: [value("x", ["n", 2]), value("z", ["n", 2])] },
      'the graph has 2 inputs ("x", "z"), expected one',
    ],
    ["no input", { inputs: [] }, "the graph has 0 inputs"],
    ["no output", { outputs: [] }, "the graph has no output"],
    [
      "two outputs of different values",
      { outputs: [value("y", ["n", 2]), value("x", ["n", 2])] },
      "made of different values",
    ],
    ["an input of one dimension", { inputs: [value("x", [2])] }, "the input has 1 dimensions"],
    ["an input of another size", { inputs: [value("x", ["n", 3])] }, "a sample has the shape [3] here"],
    ["operators of long ago", { opset: 6 }, "its operators are of version 6"],
    ["two constants of a name", { initializers: [...WEIGHTS, ...WEIGHTS] }, 'two initializers are called "W"'],
    ["an input that is computed", { inputs: [value("y", ["n", 2])] }, 'the input "y" is computed, too'],
    [
      "constants in another file",
      { initializers: [{ ...WEIGHTS[0], dataLocation: 1 }, ...WEIGHTS.slice(1)] },
      'tensor "W" lies in another file',
    ],
    [
      "weights that are no numbers",
      { initializers: [{ ...WEIGHTS[0], dataType: 8 }, ...WEIGHTS.slice(1)] },
      "has elements of type 8",
    ],
    [
      "too few weights",
      { initializers: [{ ...WEIGHTS[0], dims: [2, 3] }, ...WEIGHTS.slice(1)] },
      "of shape [2, 3] has 4 numbers, expected 6",
    ],
    [
      "dimensions below 0",
      { initializers: [{ ...WEIGHTS[0], dims: [-2, -2] }, ...WEIGHTS.slice(1)] },
      "of shape [-2, -2]",
    ],
    [
      "dimensions beyond all numbers",
      { initializers: [{ ...WEIGHTS[0], dims: [2 ** 40, 2 ** 40] }, ...WEIGHTS.slice(1)] },
      "has 4 numbers, expected 1.2",
    ],
    [
      "no weights",
      { initializers: [{ ...raw("W", [0, 2 ** 50], new Float32Array(0)) }, ...WEIGHTS.slice(1)] },
      "expected a matrix",
    ],
    [
      "weights that are not finite",
      { initializers: [raw("W", [2, 2], Float32Array.of(1, Number.NaN, 3, 4)), WEIGHTS[1]] },
      "layers[0].weights[1][0] is NaN",
    ],
  ])("%s", async (_, more, fragment) => {
    await expectRejected(load(graph([gemm("x", "y")], more)), "ERR_FORMAT", fragment);
  });

  const long = (name: string, ...sizes: readonly number[]) =>
    raw(name, [sizes.length], BigInt64Array.from(sizes, BigInt));
  const [two, shape, kept] = [long("whole", 2), long("shape", -1, 2), long("kept", 0, 2)];

  it.each(["Constant", "initializer"])("whole numbers that are divided: %s", async (kind) => {
    const constant = node("Constant", [], ["by"], attributes(attribute("value_int", "i", 2)));
    const initializers = kind === "Constant" ? WEIGHTS : [...WEIGHTS, { ...two, name: "by" }];
    const toFloat = attributes(attribute("to", "i", 1));
    const inputs = [value("x", ["n", 2], "int64")];
    const before = kind === "Constant" ? [constant] : [];
    const divided = [...before, node("Div", ["x", "by"], ["d"]), node("Cast", ["d"], ["c"], toFloat), gemm("c", "y")];
    await expectRejected(
      load(graph(divided, { initializers, inputs })),
      "ERR_FORMAT",
      'node "/d" (Div): it divides whole numbers',
    );
    const cast = [
      ...[...before, node("Cast", ["x"], ["c"], toFloat), node("Cast", ["by"], ["f"], toFloat)],
      ...[node("Div", ["c", "f"], ["d"]), gemm("d", "y")],
    ];
    const network = await load(graph(cast, { initializers, inputs }));
    expect(network.normalization).toEqual({ offset: [0, 0], scale: [0.5, 0.5] });
  });

  it.each<[string, readonly (number | null)[]]>([
    ["open", [null, null, 2]],
    ["open and behind", [null, 2, null]],
    ["all open", [null, null, null]],
    ["known", [null, 3, 2]],
  ])("samples of two dimensions: %s", async (_, dims) => {
    const nodes = [gemm("x", "a"), node("Softmax", ["a"], ["y"], attributes(attribute("axis", "i", 1)))];
    const inputs = [value("x", dims)];
    const words = `[${dims
      .slice(1)
      .map((size) => size ?? "?")
      .join(", ")}]`;
    await expectRejected(
      load(graph(nodes, { inputs })),
      "ERR_FORMAT",
      `its weights are for 2 values, but a sample has the shape ${words} here`,
    );
    if (!dims.slice(1).includes(null)) return;
    const flat = [node("Flatten", ["x"], ["f"]), gemm("f", "a"), nodes[1]];
    expect((await load(graph(flat, { inputs }))).layers).toEqual([2, 2]);
  });

  it("samples that would be mixed by how many values they have", async () => {
    const nodes = [node("Reshape", ["x", "shape"], ["r"]), gemm("r", "y")];
    const initializers = [...WEIGHTS, shape, kept];
    for (const input of [value("x", ["n", null]), value("x", ["n", null, 2]), { name: "x" }]) {
      const refused = load(graph(nodes, { initializers, inputs: [input] }));
      await expectRejected(refused, "ERR_FORMAT", "its shape [-1, 2] does not keep the samples apart");
      const whole = [node("Reshape", ["x", "kept"], ["r"]), gemm("r", "y")];
      expect((await load(graph(whole, { initializers, inputs: [input] }))).layers).toEqual([2, 2]);
    }
    expect((await load(graph(nodes, { initializers }))).layers).toEqual([2, 2]);
    const flat = [node("Flatten", ["x"], ["f"]), node("Reshape", ["f", "shape"], ["r"]), gemm("r", "y")];
    await expectRejected(load(graph(flat, { initializers, inputs: [{ name: "x" }] })), "ERR_FORMAT", "samples apart");
  });

  it.each<[string, string, Message, string | undefined]>([
    ["over the samples", "ArgMax", attributes(attribute("axis", "i", 0)), "axis is 0, expected 1 or -1"],
    ["over the samples by default", "ArgMax", {}, "axis is 0, expected 1 or -1"],
    [
      "of the last one",
      "ArgMax",
      attributes(attribute("axis", "i", 1), attribute("select_last_index", "i", 1)),
      "select_last_index is not 0",
    ],
    ["at 0.75", "ai.onnx.ml:Binarizer", attributes(attribute("threshold", "f", 0.75)), "threshold is 0.75"],
    ["at 0 by default", "ai.onnx.ml:Binarizer", {}, "threshold is 0, expected 0.5"],
    ["of the classes", "ArgMax", attributes(attribute("axis", "i", 1)), undefined],
    ["of the last dimension", "ArgMax", attributes(attribute("axis", "i", -1)), undefined],
    ["at a half", "ai.onnx.ml:Binarizer", attributes(attribute("threshold", "f", 0.5)), undefined],
  ])("a label that is another one than the network's: %s, by %s", async (_, type, more, fragment) => {
    const loading = load(graph([gemm("x", "a"), node("Sigmoid", ["a"], ["p"]), node(type, ["p"], ["y"], more)]));
    if (fragment === undefined) expect((await loading).layers).toEqual([2, 2]);
    else await expectRejected(loading, "ERR_FORMAT", 'node "/y"', fragment);
  });

  it("more layers than a network has", async () => {
    const nodes = Array.from({ length: 257 }, (_, l) => gemm(l === 0 ? "x" : `v${l}`, l === 256 ? "y" : `v${l + 1}`));
    const padding = raw("unused", [2000], new Float32Array(2000));
    const initializers = [...WEIGHTS, padding];
    await expectRejected(load(graph(nodes, { initializers })), "ERR_FORMAT", "it is layer 257, expected at most 256");
    expect((await load(graph([...nodes.slice(0, 255), gemm("v255", "y")], { initializers }))).layers.length).toBe(257);
  });

  it("classes that are as many as there are no outputs for", async () => {
    const nodes = [
      gemm("x", "a"),
      node("Sigmoid", ["a"], ["p"]),
      node("Sub", ["one", "p"], ["q"]),
      node("Concat", ["q", "p"], ["y"], attributes(attribute("axis", "i", 1))),
    ];
    const initializers = [...WEIGHTS, raw("one", [], Float32Array.of(1))];
    await expectRejected(
      load(graph(nodes, { initializers })),
      "ERR_FORMAT",
      '"p" is joined to 1 less it and has 2 values',
    );
  });
});

describe("an ONNX graph is read with", () => {
  const predictions = async (more: Partial<ForeignGraph>, nodes: readonly Message[] = [gemm("x", "y")]) =>
    Array.from((await load(graph(nodes, more))).predict([1, 10]));

  it.each<[string, Message]>([
    ["a list of floats", listed("W", [2, 2], "float", [1, 2, 3, 4])],
    [
      "float16 in raw bytes",
      { ...listed("W", [2, 2], "float16", []), rawData: Uint8Array.of(0, 0x3c, 0, 0x40, 0, 0x42, 0, 0x44) },
    ],
    ["float16 in a list", listed("W", [2, 2], "float16", [0x3c00, 0x4000, 0x4200, 0x4400])],
    ["bfloat16 in a list", listed("W", [2, 2], "bfloat16", [0x3f80, 0x4000, 0x4040, 0x4080])],
  ])("weights as %s", async (_, weights) => {
    expect(await predictions({ initializers: [weights, WEIGHTS[1]] })).toEqual([36, 48]);
  });

  it("weights of float64, and predicts in it", async () => {
    const initializers = [raw("W", [2, 2], Float64Array.of(0.1, 0.2, 0.3, 0.4)), listed("b", [2], "double", [0, 0])];
    const network = await load(graph([gemm("x", "y")], { initializers }));
    expect(network.dtype).toBe("float64");
    expect(Array.from(network.weights(0).data)).toEqual([0.1, 0.3, 0, 0.2, 0.4, 0]);
  });

  it("constants as nodes of every kind", async () => {
    const constant = (name: string, ...given: Parameters<typeof attribute>) =>
      node("Constant", [], [name], attributes(attribute(...given)));
    const nodes = [
      constant("c0", "value_float", "f", 2),
      constant("c1", "value_floats", "floats", [1, 2]),
      constant("c2", "value_ints", "ints", [0, -1]),
      node("Reshape", ["x", "c2"], ["r"]),
      gemm("r", "a"),
      node("Mul", ["a", "c0"], ["m"]),
      node("Add", ["c1", "m"], ["y"]),
    ];
    expect(await predictions({}, nodes)).toEqual([73, 98]);
  });

  it("a single value, squeezed", async () => {
    const initializers = [raw("W", [2, 1], Float32Array.of(1, 2)), raw("axes", [1], BigInt64Array.of(-1n))];
    const nodes = [node("MatMul", ["x", "W"], ["a"]), node("Squeeze", ["a", "axes"], ["y"])];
    expect(await predictions({ initializers }, nodes)).toEqual([21]);
  });

  it("an input of which only the name is known", async () => {
    const inputs = [{ name: "x" }];
    const nodes = [node("Flatten", ["x"], ["f"]), node("Sub", ["f", "b"], ["s"]), gemm("s", "y")];
    expect((await load(graph(nodes, { inputs }))).normalization).toEqual({ offset: [5, 6], scale: [1, 1] });
    for (const axis of [0, -1]) {
      const all = [node("Flatten", ["x"], ["f"], attributes(attribute("axis", "i", axis))), gemm("f", "y")];
      await expectRejected(load(graph(all, { inputs })), "ERR_FORMAT", `(Flatten): axis is ${axis}, expected 1`);
    }
  });

  it("dimensions that come and go", async () => {
    const initializers = [
      ...WEIGHTS,
      raw("axes", [2], BigInt64Array.of(1n, -1n)),
      raw("one", [1], BigInt64Array.of(1n)),
    ];
    const nodes = [
      node("Unsqueeze", ["x", "axes"], ["u"]),
      node("Squeeze", ["u", "one"], ["s"]),
      node("Flatten", ["s"], ["f"], attributes(attribute("axis", "i", -2))),
      gemm("f", "y"),
    ];
    expect(await predictions({ initializers }, nodes)).toEqual([36, 48]);
  });

  it("a column of zeros as scale, which no normalization can have", async () => {
    const initializers = [...WEIGHTS, raw("s", [2], Float32Array.of(0, 2))];
    const network = await load(graph([node("Mul", ["x", "s"], ["c"]), gemm("c", "y")], { initializers }));
    expect(network.normalization).toBeUndefined();
    expect(Array.from(network.predict([1, 10]))).toEqual([65, 86]);
  });

  it("names that mean something to JavaScript", async () => {
    const initializers = [
      { ...WEIGHTS[0], name: "__proto__" },
      { ...WEIGHTS[1], name: "constructor" },
    ];
    const nodes = [node("Gemm", ["x", "__proto__", "constructor"], ["toString"])];
    const network = await load(graph(nodes, { initializers, outputs: [value("toString", ["n", 2])] }));
    expect(Array.from(network.predict([1, 10]))).toEqual([36, 48]);
  });

  it("what was asked for where the file does not say it", async () => {
    const bytes = foreignModel(graph([gemm("x", "y")]));
    const options = { format: "onnx", seed: 9, arithmetic: "reproducible", loss: "squaredError" } as const;
    expect((await Network.load(bytes, options)).toJSON()).toMatchObject({ seed: 9, arithmetic: "reproducible" });
  });

  it.each([
    ["Softmax", "categoricalCrossEntropy"],
    ["Sigmoid", "binaryCrossEntropy"],
    ["Tanh", "squaredError"],
  ])("%s at the end and so %s as loss", async (type, loss) => {
    expect((await load(graph(operator(type)))).toJSON().loss).toBe(loss);
  });
});
