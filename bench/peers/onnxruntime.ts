/** onnxruntime-node, which predicts only. */
import { type Contender, type Predictor, prepareWith, rowsOf, type Task } from "./contender.ts";
import { onnxModel } from "./onnx_model.ts";
import { loadPackage } from "./packages.ts";
import { serve } from "./protocol.ts";

interface OnnxTensor {
  readonly data: Float32Array;
}

interface OnnxRuntime {
  readonly Tensor: new (type: "float32", data: Float32Array, dimensions: readonly number[]) => OnnxTensor;
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: {
        intraOpNumThreads: number;
        interOpNumThreads: number;
        executionMode: "sequential";
        graphOptimizationLevel: "all";
      },
    ): Promise<{ run(feeds: Record<string, OnnxTensor>): Promise<{ readonly output: OnnxTensor }> }>;
  };
}

async function makePredictor({ Tensor, InferenceSession }: OnnxRuntime, task: Task): Promise<Predictor> {
  const { workload, data, threads } = task;
  const { layers, batchSize } = workload;
  const session = await InferenceSession.create(onnxModel(layers, data.weights, batchSize), {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
  });
  const inputs = rowsOf(data.inputs, layers[0] * batchSize);
  const dimensions = [batchSize, layers[0]];
  return {
    how: "a model of Gemm and Sigmoid",
    predict: async (row) => {
      const input = new Tensor("float32", inputs[row / batchSize], dimensions);
      return (await session.run({ input })).output.data;
    },
  };
}

function load(): Contender {
  const { module, version } = loadPackage<OnnxRuntime>("onnxruntime-node");
  return { name: "onnxruntime-node", version, predictor: (task) => makePredictor(module, task) };
}

await serve(prepareWith(load));
