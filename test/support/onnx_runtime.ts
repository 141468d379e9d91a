import { createRequire } from "node:module";
import type { DType, Values } from "../../src/index.ts";

/** What is used of onnxruntime-node. */
interface OnnxRuntime {
  readonly Tensor: new (type: DType, data: Values, dimensions: readonly number[]) => OnnxTensor;
  readonly InferenceSession: {
    create(model: Uint8Array, options: { readonly logSeverityLevel: 3 }): Promise<OnnxSession>;
  };
}

interface OnnxTensor {
  readonly data: Values;
  readonly dims: readonly number[];
}

interface OnnxSession {
  run(feeds: Record<string, OnnxTensor>, fetches: readonly string[]): Promise<Record<string, OnnxTensor>>;
  release(): Promise<void>;
}

/** What a model is run on. */
export interface OnnxTask {
  readonly model: Uint8Array;
  readonly dtype: DType;
  readonly input: string;
  readonly output: string;
  /** Of all samples, row-major. */
  readonly values: readonly number[];
  readonly dimensions: readonly number[];
}

/** Undefined where it is not installed: test/onnx has a manifest of its own. */
export const runtime: OnnxRuntime | undefined = installed();

function installed(): OnnxRuntime | undefined {
  const require = createRequire(new URL("../onnx/package.json", import.meta.url));
  try {
    require.resolve("onnxruntime-node");
  } catch {
    return undefined;
  }
  return require("onnxruntime-node");
}

/** What onnxruntime makes of a model. */
export async function runInOnnxRuntime(task: OnnxTask): Promise<OnnxTensor> {
  if (!runtime) throw new Error("onnxruntime-node is not installed");
  const { model, dtype, input, output, values, dimensions } = task;
  const data = dtype === "float64" ? Float64Array.from(values) : Float32Array.from(values);
  const session = await runtime.InferenceSession.create(model, { logSeverityLevel: 3 });
  try {
    const results = await session.run({ [input]: new runtime.Tensor(dtype, data, dimensions) }, [output]);
    return results[output];
  } finally {
    await session.release();
  }
}
