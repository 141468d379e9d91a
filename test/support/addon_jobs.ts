import { expect } from "vitest";
import { createModel, type Model } from "../../src/model.ts";
import { encodeOptimizer, PLAIN_DESCENT } from "../../src/optimizer.ts";
import { createBlock, createState, type NetworkState } from "../../src/state.ts";
import type { Values } from "../../src/types.ts";

/** Networks and jobs for calls of the binary itself, past all that TypeScript checks. */

const sigmoid = { kind: "sigmoid", parameter: 1, derivativeParameter: 1 } as const;

function allocate(type: string, length: number): Values {
  return type === "float64" ? new Float64Array(length) : new Float32Array(length);
}

export function network(
  dtype: "float32" | "float64" = "float32",
  sizes: readonly number[] = [3, 5, 2],
): { model: Model; state: NetworkState } {
  const activations = sizes.slice(1).map(() => sigmoid);
  const model = createModel(sizes, activations, { dtype, arithmetic: "fast", loss: "squaredError" });
  return { model, state: createState(model, allocate) };
}

export function expectCode(code: string, call: () => unknown): void {
  try {
    call();
  } catch (error) {
    expect(error).toMatchObject({ code });
    expect((error as Error).message).toMatch(/^native \w+: /);
    return;
  }
  expect.fail("nothing was thrown");
}

export function job(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    arena: network().state.arena,
    inputs: new Float32Array(12),
    inputScale: 1,
    targets: new Float32Array(8),
    control: new Int32Array(3),
    lossSums: new Float64Array(1),
    budgetSeconds: 0.05,
    order: Uint32Array.of(0, 1, 2, 3),
    from: 0,
    to: 4,
    batchSize: 1,
    learningRates: Float64Array.of(0.1),
    optimizer: encodeOptimizer(PLAIN_DESCENT),
    optimizerPowers: Float64Array.of(1, 1),
    outputs: new Float32Array(8),
    block: blockFor(4),
    threads: 1,
    ...changes,
  };
}

export function blockFor(samples: number, { model } = network()): Values {
  return createBlock(model, samples, allocate);
}

/** Layers whose online training takes 32 samples together. */
export const wide = network("float32", [40, 33, 2]);

export function wideJob(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return job({
    arena: wide.state.arena,
    inputs: new Float32Array(50 * 40),
    targets: new Uint32Array(50),
    order: Uint32Array.from({ length: 50 }, (_, i) => i),
    to: 50,
    outputs: new Float32Array(100),
    block: blockFor(32, wide),
    ...changes,
  });
}
