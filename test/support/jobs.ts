import { backendOf } from "../../src/backend/select.ts";
import type { DType } from "../../src/index.ts";
import { initializeWeights } from "../../src/initialize.ts";
import { createModel, type Model, type ResolvedActivation } from "../../src/model.ts";
import { Random } from "../../src/random.ts";
import { createBlock, createState } from "../../src/state.ts";
import type { Values } from "../../src/types.ts";

/** Jobs are given to this backend directly: the one of the project. */
export const backend = backendOf("auto");

type OutputKind = "linear" | "sigmoid" | "softmax";

function resolved(kind: ResolvedActivation["kind"]): ResolvedActivation {
  return { kind, parameter: kind === "leakyRelu" ? 0.1 : 1, derivativeParameter: kind === "leakyRelu" ? 0.1 : 1 };
}

/** A network with weights, an input and a target in its arenas. */
export function prepared(sizes: readonly number[], dtype: DType, arithmetic: Model["arithmetic"], output: OutputKind) {
  const hidden = (["tanh", "sigmoid", "leakyRelu", "relu"] as const).map(resolved);
  const count = sizes.length - 1;
  const activations = Array.from({ length: count }, (_, l) => (l === count - 1 ? resolved(output) : hidden[l]));
  const loss = output === "softmax" ? "categoricalCrossEntropy" : "squaredError";
  const model = createModel(sizes, activations, { dtype, arithmetic, loss });
  const state = createState(model, (type, length) => backend.allocate(type, length));
  const random = new Random(1);
  const initializer = { type: "uniform", min: -1, max: 1 } as const;
  initializeWeights(
    model.layout,
    state,
    activations.map(() => initializer),
    random,
  );
  for (let j = 0; j < sizes[0]; j++) state.activations[0][j] = random.normal();
  for (let j = 0; j < sizes[count]; j++) state.target[j] = random.uniform();
  return { model, state };
}

/** A block on that backend. */
export function blockWithRoomFor(model: Model, samples: number): Values {
  return createBlock(model, samples, (dtype, length) => backend.allocate(dtype, length));
}
