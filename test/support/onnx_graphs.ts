import { type Activation, type DType, Network, type Normalization } from "../../src/index.ts";
import { numbersOf } from "./choices.ts";
import { attribute, attributes, foreignModel, listed, type Message, node, raw, texts, value } from "./onnx.ts";

// Graphs as others write them, by hand after what torch.onnx.export, skl2onnx and tf2onnx give for such networks: the
// names, the order of nodes, and the way constants are stored are theirs.

/** Weights of a layer: (units, inputs) and (units), in float32 where the graph is. */
interface Dense {
  readonly rows: readonly number[][];
  readonly bias: readonly number[];
}

/** A graph with what is to come of it. */
export interface ForeignNetwork {
  readonly title: string;
  readonly bytes: Uint8Array;
  readonly dtype: DType;
  /** The value of samples in the graph, and the shape of one. */
  readonly input: string;
  readonly shape: readonly number[];
  /** The value of probabilities or predictions; undefined where these are maps, which onnxruntime-node does not give. */
  readonly output: string | undefined;
  /** The same network, made from its weights. */
  readonly expected: Network;
  readonly normalization?: Normalization;
  readonly classNames?: readonly string[];
  /** What the graph gives of an output of the network, where that is something else. */
  readonly outputOf?: (output: number) => readonly number[];
}

function dense(seed: number, units: number, inputs: number, round: (value: number) => number = Math.fround): Dense {
  const numbers = numbersOf(seed, units * (inputs + 1)).map(round);
  const bias = numbers.splice(0, units);
  return { rows: bias.map((_, u) => numbers.slice(u * inputs, (u + 1) * inputs)), bias };
}

/** A network of such layers, and their activations. */
function networkOf(dtype: DType, ...layers: readonly (readonly [Dense, Activation])[]): Network {
  const inputs = layers[0][0].rows[0].length;
  const specs = layers.map(([{ bias }, activation]) => ({ units: bias.length, activation }));
  const network = new Network([inputs, ...specs], { dtype });
  for (const [l, [{ rows, bias }]] of layers.entries()) {
    network.setWeights(
      l,
      rows.map((row, u) => [...row, bias[u]]),
    );
  }
  return network;
}

const flat = ({ rows }: Dense) => Float32Array.from(rows.flat());
/** (inputs, units), as scikit-learn and TensorFlow have weights. */
const turned = ({ rows }: Dense) => rows[0].flatMap((_, j) => rows.map((row) => row[j]));

/** torch.onnx.export of Linear, Tanh, Linear, with Dropout left out of it as in evaluation. */
function pytorch(): ForeignNetwork {
  const [first, second] = [dense(1, 5, 3), dense(2, 2, 5)];
  const gemm = attributes(attribute("alpha", "f", 1), attribute("beta", "f", 1), attribute("transB", "i", 1));
  const bytes = foreignModel({
    nodes: [
      node("Gemm", ["input.1", "net.0.weight", "net.0.bias"], ["/net/net.0/Gemm_output_0"], gemm),
      node("Tanh", ["/net/net.0/Gemm_output_0"], ["/net/net.1/Tanh_output_0"]),
      node("Gemm", ["/net/net.1/Tanh_output_0", "net.3.weight", "net.3.bias"], ["12"], gemm),
    ],
    initializers: [
      raw("net.0.weight", [5, 3], flat(first)),
      raw("net.0.bias", [5], Float32Array.from(first.bias)),
      raw("net.3.weight", [2, 5], flat(second)),
      raw("net.3.bias", [2], Float32Array.from(second.bias)),
    ],
    inputs: [value("input.1", ["batch_size", 3])],
    outputs: [value("12", ["batch_size", 2])],
    opset: 17,
    irVersion: 8,
  });
  const expected = networkOf("float32", [first, "tanh"], [second, "linear"]);
  return { title: "PyTorch, Gemm", bytes, dtype: "float32", input: "input.1", shape: [3], output: "12", expected };
}

/** A classifier of pictures in PyTorch: they are normalized, flattened by `x.view(x.size(0), -1)`, and LeakyReLU follows. */
function pytorchPictures(): ForeignNetwork {
  const [first, second] = [dense(3, 4, 12), dense(4, 3, 4)];
  const constant = (name: string, numbers: Message) =>
    node("Constant", [], [name], attributes(attribute("value", "t", numbers)));
  const bytes = foreignModel({
    nodes: [
      constant("mean", raw("", [], Float32Array.of(0.1307))),
      node("Sub", ["x", "mean"], ["/Sub_output_0"]),
      constant("deviation", raw("", [], Float32Array.of(0.5))),
      node("Div", ["/Sub_output_0", "deviation"], ["/Div_output_0"]),
      node("Shape", ["/Div_output_0"], ["/Shape_output_0"]),
      constant("zero", raw("", [], BigInt64Array.of(0n))),
      node("Gather", ["/Shape_output_0", "zero"], ["/Gather_output_0"], attributes(attribute("axis", "i", 0))),
      constant("axes", raw("", [1], BigInt64Array.of(0n))),
      node("Unsqueeze", ["/Gather_output_0", "axes"], ["/Unsqueeze_output_0"]),
      constant("rest", raw("", [1], BigInt64Array.of(-1n))),
      node("Concat", ["/Unsqueeze_output_0", "rest"], ["/Concat_output_0"], attributes(attribute("axis", "i", 0))),
      node("Reshape", ["/Div_output_0", "/Concat_output_0"], ["/Reshape_output_0"]),
      node("Gemm", ["/Reshape_output_0", "fc1.weight", "fc1.bias"], ["a"], attributes(attribute("transB", "i", 1))),
      node("LeakyRelu", ["a"], ["b"], attributes(attribute("alpha", "f", 0.2))),
      node("Gemm", ["b", "fc2.weight", "fc2.bias"], ["c"], attributes(attribute("transB", "i", 1))),
      node("Softmax", ["c"], ["probabilities"], attributes(attribute("axis", "i", 1))),
    ],
    initializers: [
      raw("fc1.weight", [4, 12], flat(first)),
      raw("fc1.bias", [4], Float32Array.from(first.bias)),
      raw("fc2.weight", [3, 4], flat(second)),
      raw("fc2.bias", [3], Float32Array.from(second.bias)),
    ],
    inputs: [value("x", ["N", 1, 3, 4])],
    outputs: [value("probabilities", ["N", 3])],
  });
  const offset = Array<number>(12).fill(Math.fround(0.1307));
  return {
    ...{ title: "PyTorch, pictures", bytes, dtype: "float32", input: "x", shape: [1, 3, 4], output: "probabilities" },
    expected: networkOf("float32", [first, { type: "leakyRelu", alpha: Math.fround(0.2) }], [second, "softmax"]),
    normalization: { offset, scale: Array<number>(12).fill(2) },
  };
}

/** An export of before 2020: weights are inputs, too, turned by nodes, and Dropout is still there. */
function oldPytorch(): ForeignNetwork {
  const [first, second] = [dense(5, 4, 2), dense(6, 1, 4)];
  const turn = attributes(attribute("perm", "ints", [1, 0]));
  const bytes = foreignModel({
    nodes: [
      { ...node("Transpose", ["0.weight"], ["5"], turn), name: "" },
      { ...node("MatMul", ["0", "5"], ["6"]), name: "" },
      { ...node("Add", ["0.bias", "6"], ["7"]), name: "" },
      { ...node("Relu", ["7"], ["8"]), name: "" },
      { ...node("Dropout", ["8"], ["9", "10"], attributes(attribute("ratio", "f", 0.5))), name: "" },
      { ...node("Transpose", ["3.weight"], ["11"], turn), name: "" },
      { ...node("MatMul", ["9", "11"], ["12"]), name: "" },
      { ...node("Add", ["12", "3.bias"], ["13"]), name: "" },
      { ...node("Sigmoid", ["13"], ["14"]), name: "" },
    ],
    initializers: [
      raw("0.weight", [4, 2], flat(first)),
      raw("0.bias", [4], Float32Array.from(first.bias)),
      raw("3.weight", [1, 4], flat(second)),
      raw("3.bias", [1], Float32Array.from(second.bias)),
    ],
    inputs: [
      value("0", [7, 2]),
      value("0.weight", [4, 2]),
      value("0.bias", [4]),
      value("3.weight", [1, 4]),
      value("3.bias", [1]),
    ],
    outputs: [value("14", [7, 1])],
    opset: 9,
    irVersion: 3,
  });
  const expected = networkOf("float32", [first, "relu"], [second, "sigmoid"]);
  return { title: "PyTorch of 2019", bytes, dtype: "float32", input: "0", shape: [2], output: "14", expected };
}

/** What skl2onnx makes of the layers of scikit-learn's perceptrons. */
function scikitLayers(
  input: string,
  layers: readonly Dense[],
  operators: readonly (string | undefined)[],
  last: string,
) {
  const nodes: Message[] = [];
  const initializers: Message[] = [];
  let from = input;
  for (const [l, layer] of layers.entries()) {
    const i = l === 0 ? "" : String(l);
    const [units, inputs] = [layer.rows.length, layer.rows[0].length];
    initializers.push(listed(`coefficient${i}`, [inputs, units], "float", turned(layer)));
    initializers.push(listed(`intercepts${i}`, [1, units], "float", layer.bias));
    const operator = operators[l];
    const isLast = l === layers.length - 1;
    nodes.push(node("MatMul", [from, `coefficient${i}`], [`mul_result${i}`]));
    const sum = isLast && operator === undefined ? last : `add_result${i}`;
    nodes.push(node("Add", [`mul_result${i}`, `intercepts${i}`], [sum]));
    from = isLast ? last : `next_activations${i}`;
    if (operator) nodes.push(node(operator, [sum], [from]));
  }
  return { nodes, initializers };
}

/** MLPClassifier behind a StandardScaler, with three classes that have texts as names. */
function scikitClassifier(): ForeignNetwork {
  const [first, second] = [dense(7, 6, 4), dense(8, 3, 6)];
  const scale = [2, 0.5, 4, 1];
  const { nodes, initializers } = scikitLayers("variable", [first, second], ["Relu", "Softmax"], "out_activations");
  const bytes = foreignModel({
    nodes: [
      node(
        "ai.onnx.ml:Scaler",
        ["X"],
        ["variable"],
        attributes(attribute("offset", "floats", [5, 3, 3.5, 1.25]), attribute("scale", "floats", scale)),
      ),
      ...nodes,
      node("Identity", ["out_activations"], ["probabilities"]),
      node("ArgMax", ["probabilities"], ["argmax_output"], attributes(attribute("axis", "i", 1))),
      node("ai.onnx.ml:ArrayFeatureExtractor", ["classes", "argmax_output"], ["array_feature_extractor_result"]),
      node("Reshape", ["array_feature_extractor_result", "shape_tensor"], ["label"]),
    ],
    initializers: [
      ...initializers,
      listed("classes", [3], "string", texts(["setosa", "versicolor", "virginica"])),
      listed("shape_tensor", [1], "int64", [-1]),
    ],
    inputs: [value("X", [null, 4])],
    outputs: [value("label", [null], "string"), value("probabilities", [null, 3])],
  });
  return {
    ...{ title: "scikit-learn, classifier", bytes, dtype: "float32", input: "X", shape: [4], output: "probabilities" },
    expected: networkOf("float32", [first, "relu"], [second, "softmax"]),
    normalization: { offset: [5, 3, 3.5, 1.25], scale },
    classNames: ["setosa", "versicolor", "virginica"],
  };
}

/** MLPClassifier with two classes that have numbers as names, and maps from them to probabilities. */
function scikitTwoClasses(hasMaps: boolean): ForeignNetwork {
  const [first, second] = [dense(9, 3, 2), dense(10, 1, 3)];
  const { nodes, initializers } = scikitLayers("cast_input", [first, second], ["Tanh", "Sigmoid"], "out_activations");
  const map = {
    sequenceType: { elemType: { mapType: { keyType: 7, valueType: { tensorType: { elemType: 1 } } } } },
  };
  const bytes = foreignModel({
    nodes: [
      node("Cast", ["float_input"], ["cast_input"], attributes(attribute("to", "i", 1))),
      ...nodes,
      node("Sub", ["unity", "out_activations"], ["negative_class_proba"]),
      node(
        "Concat",
        ["negative_class_proba", "out_activations"],
        ["probabilities"],
        attributes(attribute("axis", "i", 1)),
      ),
      node("ArgMax", ["probabilities"], ["argmax_output"], attributes(attribute("axis", "i", 1))),
      node("ai.onnx.ml:ArrayFeatureExtractor", ["classes", "argmax_output"], ["array_feature_extractor_result"]),
      node("Cast", ["array_feature_extractor_result"], ["cast2_result"], attributes(attribute("to", "i", 7))),
      node("Reshape", ["cast2_result", "shape_tensor"], ["reshaped_result"]),
      node("Cast", ["reshaped_result"], ["output_label"], attributes(attribute("to", "i", 7))),
      ...(hasMaps
        ? [
            node(
              "ai.onnx.ml:ZipMap",
              ["probabilities"],
              ["output_probability"],
              attributes(attribute("classlabels_int64s", "ints", [0, 7])),
            ),
          ]
        : []),
    ],
    initializers: [
      ...initializers,
      listed("unity", [], "float", [1]),
      listed("classes", [2], "int32", [0, 7]),
      listed("shape_tensor", [1], "int64", [-1]),
    ],
    inputs: [value("float_input", [null, 2])],
    outputs: [
      value("output_label", [null], "int64"),
      hasMaps ? { name: "output_probability", type: map } : value("probabilities", [null, 2]),
    ],
  });
  return {
    ...{ title: `scikit-learn, two classes${hasMaps ? ", maps" : ""}`, bytes, dtype: "float32", shape: [2] },
    ...{ input: "float_input", output: hasMaps ? undefined : "probabilities", classNames: ["0", "7"] },
    expected: networkOf("float32", [first, "tanh"], [second, "sigmoid"]),
    outputOf: (p) => [1 - p, p],
  };
}

/** MLPRegressor behind a MinMaxScaler. */
function scikitRegressor(): ForeignNetwork {
  const [first, second] = [dense(11, 4, 3), dense(12, 1, 4)];
  const { nodes, initializers } = scikitLayers("scaled", [first, second], ["Sigmoid", undefined], "activations");
  const bytes = foreignModel({
    nodes: [
      node("Mul", ["X", "scale"], ["multiplied"]),
      node("Add", ["multiplied", "shift"], ["scaled"]),
      ...nodes,
      node("Reshape", ["activations", "shape"], ["variable"]),
    ],
    initializers: [
      listed("scale", [3], "float", [0.5, 4, 0.125]),
      listed("shift", [3], "float", [-1, 2, 0.25]),
      ...initializers,
      listed("shape", [2], "int64", [-1, 1]),
    ],
    inputs: [value("X", [null, 3])],
    outputs: [value("variable", [null, 1])],
  });
  return {
    ...{ title: "scikit-learn, regressor", bytes, dtype: "float32", input: "X", shape: [3], output: "variable" },
    expected: networkOf("float32", [first, "sigmoid"], [second, "linear"]),
    normalization: { offset: [2, -0.5, -2], scale: [0.5, 4, 0.125] },
  };
}

/** tf2onnx of a Sequential of Dense layers; leaky_relu of TensorFlow is a Max there. */
function keras(): ForeignNetwork {
  const [first, second, third] = [dense(13, 4, 3), dense(14, 3, 4), dense(15, 2, 3)];
  const dense32 = (i: number, layer: Dense) => [
    raw(
      `sequential/dense_${i}/MatMul/ReadVariableOp:0`,
      [layer.rows[0].length, layer.rows.length],
      Float32Array.from(turned(layer)),
    ),
    raw(`sequential/dense_${i}/BiasAdd/ReadVariableOp:0`, [layer.rows.length], Float32Array.from(layer.bias)),
  ];
  const nodesOf = (i: number, from: string) => [
    node("MatMul", [from, `sequential/dense_${i}/MatMul/ReadVariableOp:0`], [`sequential/dense_${i}/MatMul:0`]),
    node(
      "Add",
      [`sequential/dense_${i}/MatMul:0`, `sequential/dense_${i}/BiasAdd/ReadVariableOp:0`],
      [`sequential/dense_${i}/BiasAdd:0`],
    ),
  ];
  const bytes = foreignModel({
    nodes: [
      ...nodesOf(0, "dense_input"),
      node("Mul", ["const_alpha", "sequential/dense_0/BiasAdd:0"], ["leaky/mul:0"]),
      node("Max", ["leaky/mul:0", "sequential/dense_0/BiasAdd:0"], ["leaky/Maximum:0"]),
      ...nodesOf(1, "leaky/Maximum:0"),
      node("Relu", ["sequential/dense_1/BiasAdd:0"], ["sequential/dense_1/Relu:0"]),
      ...nodesOf(2, "sequential/dense_1/Relu:0"),
      node("Softmax", ["sequential/dense_2/BiasAdd:0"], ["dense_2"]),
    ],
    initializers: [
      raw("const_alpha", [], Float32Array.of(0.25)),
      ...dense32(2, third),
      ...dense32(1, second),
      ...dense32(0, first),
    ],
    inputs: [value("dense_input", ["unk__12", 3])],
    outputs: [value("dense_2", ["unk__13", 2])],
    opset: 15,
    irVersion: 8,
  });
  return {
    ...{ title: "Keras", bytes, dtype: "float32", input: "dense_input", shape: [3], output: "dense_2" },
    expected: networkOf("float32", [first, { type: "leakyRelu", alpha: 0.25 }], [second, "relu"], [third, "softmax"]),
  };
}

/** Everything that is folded into weights and biases, in float64: alpha and beta of Gemm, batch normalization, scales. */
function foldedDoubles(): ForeignNetwork {
  const layer = dense(16, 3, 2, (value) => value);
  const last = dense(17, 2, 3, (value) => value);
  const [alpha, beta, slope] = [0.5, 2, 4];
  const statistics = { scale: [1.5, 0.5, 2], shift: [0.25, -1, 0], mean: [0.5, 0, -0.5], variance: [0.75, 3, 0] };
  // ε is a float32 in the graph; a power of two is one.
  const epsilon = 2 ** -10;
  const factors = statistics.scale.map((scale, u) => scale / Math.sqrt(statistics.variance[u] + epsilon));
  // (α W x + β b − mean) · factor + shift, then · 4 in front of a sigmoid: its slope.
  const first = {
    rows: layer.rows.map((row, u) => row.map((weight) => alpha * weight * factors[u])),
    bias: layer.bias.map((b, u) => (beta * b - statistics.mean[u]) * factors[u] + statistics.shift[u]),
  };
  // 2 (W (3 x − 1) + b) + 1
  const second = {
    rows: last.rows.map((row) => row.map((weight) => 6 * weight)),
    bias: last.rows.map((row, u) => 2 * (last.bias[u] - row.reduce((sum, weight) => sum + weight)) + 1),
  };
  const doubles = (values: readonly number[]) => Float64Array.from(values);
  const bytes = foreignModel({
    nodes: [
      node(
        "Gemm",
        ["x", "W0", "b0"],
        ["gemm"],
        attributes(attribute("alpha", "f", alpha), attribute("beta", "f", beta)),
      ),
      node(
        "BatchNormalization",
        ["gemm", "scale", "shift", "mean", "variance"],
        ["normal"],
        attributes(attribute("epsilon", "f", epsilon)),
      ),
      node("Mul", ["slope", "normal"], ["steep"]),
      node("Sigmoid", ["steep"], ["sigmoid"]),
      node("Mul", ["sigmoid", "three"], ["tripled"]),
      node("Sub", ["one", "tripled"], ["mirrored"]),
      node("Neg", ["mirrored"], ["centred"]),
      node("MatMul", ["centred", "W1"], ["product"]),
      node("Add", ["product", "b1"], ["sum"]),
      node("Div", ["sum", "half"], ["doubled"]),
      node("Add", ["doubled", "ones"], ["y"]),
    ],
    initializers: [
      raw("W0", [2, 3], doubles(turned(layer))),
      listed("b0", [1, 3], "double", layer.bias),
      raw("scale", [3], doubles(statistics.scale)),
      raw("shift", [3], doubles(statistics.shift)),
      raw("mean", [3], doubles(statistics.mean)),
      raw("variance", [3], doubles(statistics.variance)),
      listed("slope", [1], "double", [slope]),
      listed("three", [3], "double", [3, 3, 3]),
      listed("one", [], "double", [1]),
      raw("W1", [3, 2], doubles(turned(last))),
      raw("b1", [2], doubles(last.bias)),
      listed("half", [1, 1], "double", [0.5]),
      listed("ones", [1, 2], "double", [1, 1]),
    ],
    inputs: [value("x", ["n", 2], "double")],
    outputs: [value("y", ["n", 2], "double")],
  });
  return {
    ...{ title: "what is folded, in float64", bytes, dtype: "float64", input: "x", shape: [2], output: "y" },
    expected: networkOf("float64", [first, { type: "sigmoid", slope }], [second, "linear"]),
  };
}

/** Graphs of other programs that are multilayer perceptrons. */
export const FOREIGN_NETWORKS: readonly ForeignNetwork[] = [
  pytorch(),
  pytorchPictures(),
  oldPytorch(),
  scikitClassifier(),
  scikitTwoClasses(false),
  scikitTwoClasses(true),
  scikitRegressor(),
  keras(),
  foldedDoubles(),
];
