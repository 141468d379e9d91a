import { join } from "node:path";
import { loadPackage } from "./packages.ts";

/** What the contenders use of a tensor. */
export interface Tensor {
  readonly shape: readonly number[];
  dataSync(): Float32Array;
  dispose(): void;
}

/** What they use of TensorFlow.js; its own types are there only where it is installed. */
export interface TensorFlow {
  tensor(values: Float32Array, shape: readonly number[]): Tensor;
  scalar(value: number): Tensor;
  zeros(shape: readonly number[]): Tensor;
  randomUniform(shape: readonly number[], min: number, max: number, dtype: "float32", seed: number): Tensor;
  matMul(a: Tensor, b: Tensor, transposeA?: boolean, transposeB?: boolean): Tensor;
  add(a: Tensor, b: Tensor): Tensor;
  sub(a: Tensor, b: Tensor): Tensor;
  mul(a: Tensor, b: Tensor): Tensor;
  sum(a: Tensor, axis: number, keepDims: boolean): Tensor;
  relu(a: Tensor): Tensor;
  sigmoid(a: Tensor): Tensor;
  softmax(a: Tensor): Tensor;
  step(a: Tensor): Tensor;
  argMax(a: Tensor, axis: number): Tensor;
  transpose(a: Tensor): Tensor;
  reshape(a: Tensor, shape: readonly number[]): Tensor;
  /** Disposes of every tensor made inside but those returned. */
  tidy<Result>(work: () => Result): Result;
  readonly fused: {
    matMul(args: { a: Tensor; b: Tensor; bias: Tensor; activation: "sigmoid" }): Tensor;
  };
}

interface Installed extends TensorFlow {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
}

/** TensorFlow.js on the backend of that name: cpu or wasm. */
export async function loadTensorFlow(backend: string): Promise<{ tf: TensorFlow; version: string }> {
  const { module: tf, version } = loadPackage<Installed>("@tensorflow/tfjs");
  if (backend === "wasm") {
    const name = "@tensorflow/tfjs-backend-wasm";
    const { module, folder } = loadPackage<{ setWasmPaths(folder: string): void }>(name);
    module.setWasmPaths(join(folder, "dist/"));
  }
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js has no backend ${backend} here`);
  await tf.ready();
  return { tf, version };
}
