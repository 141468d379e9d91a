import { layoutOf } from "../../src/layout.ts";
import { ACTIVATION_KINDS, createModel, LOSS_KINDS, type Model } from "../../src/model.ts";
import { createBlock, createState, type NetworkState } from "../../src/state.ts";
import type { DType, Values } from "../../src/types.ts";
import { requireAddon } from "../support/native.ts";
import { missingAddon } from "./boundary_kernels.ts";
import type { Chance } from "./chance.ts";
import { GuardedMemory } from "./guarded_memory.ts";
import { detach, junkArgument, nativeRefusal, resizable } from "./hostile.ts";
import { fail, READ, type Target, type Trial } from "./target.ts";

/** A network in guarded memory. */
export interface GuardedNetwork {
  readonly model: Model;
  readonly state: NetworkState;
  /** Places further arrays of the network's element type. */
  readonly allocate: (length: number) => Values;
}

const SIZES = [1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 40];

/** A network of up to four layers with ordinary weights, inputs and targets. */
export function guardedNetwork(chance: Chance, memory: GuardedMemory): GuardedNetwork {
  const dtype: DType = chance.pick(["float32", "float64"]);
  // Now and then large enough for more than one panel of rows.
  const sizes = Array.from({ length: chance.between(2, 5) }, () => (chance.happens(0.02) ? 150 : chance.pick(SIZES)));
  const loss = chance.pick(LOSS_KINDS);
  const activations = sizes.slice(1).map((_, l) => {
    const isOutput = l === sizes.length - 2;
    const fits = {
      squaredError: undefined,
      binaryCrossEntropy: "sigmoid",
      categoricalCrossEntropy: "softmax",
    } as const;
    const kind = (isOutput && fits[loss]) || chance.pick(ACTIVATION_KINDS.slice(0, isOutput ? 6 : 5));
    return { kind, parameter: 1, derivativeParameter: 1 };
  });
  const model = createModel(sizes, activations, { dtype, arithmetic: "fast", loss });
  const Type = dtype === "float64" ? Float64Array : Float32Array;
  const allocate = (length: number) => memory.place<Values>(chance, Type, length);
  // The model at the front of an arena is of float64.
  const state = createState(model, (_, length) => memory.place<Values>(chance, Type, length, chance.pick([8, 8, 64])));
  for (const [l, { units, inputs, stride }] of model.layout.layers.entries()) {
    for (let row = 0; row < units; row++) {
      for (let column = 0; column <= inputs; column++)
        state.weights[l][row * stride + column] = chance.tame() / (inputs + 1);
    }
  }
  for (let j = 0; j < sizes[0]; j++) state.activations[0][j] = chance.tame();
  for (let j = 0; j < sizes[sizes.length - 1]; j++) state.target[j] = chance.below(2);
  return { model, state, allocate };
}

/** Room for some samples of a network, in guarded memory. */
export function guardedBlock({ model, allocate }: GuardedNetwork, samples: number): Values {
  return createBlock(model, samples, (_, length) => allocate(length));
}

/** Changes the encoded model at the front of an arena, or in an array of its own. */
export function changeModel(chance: Chance, encoded: Float64Array): void {
  const place = chance.below(encoded.length);
  if (chance.happens(0.4)) {
    const bytes = new Uint8Array(encoded.buffer, encoded.byteOffset, encoded.byteLength);
    bytes[8 * place + chance.below(8)] ^= 1 << chance.below(8);
  } else {
    encoded[place] = chance.happens(0.5) ? chance.boundary() : encoded[place] + chance.pick([1, -1, 0.5, 2 ** -40]);
  }
}

/** `describeLayout`, `bytesToAlignment`, `forward`, `step` and `gradient`. */
export const boundaryNetworks: Target = {
  name: "boundary-networks",
  inputs: 100_000,
  quick: 10_000,
  mostMemory: 512,
  missing: missingAddon,
  async open(): Promise<Trial> {
    const addon = requireAddon();
    const memories = [new GuardedMemory(false), new GuardedMemory(true)];
    const instructionSets = addon.instructionSets.length;

    function describe(chance: Chance, { model }: GuardedNetwork): string {
      const encoded = model.encoded.slice();
      for (let i = chance.below(4); i > 0; i--) changeModel(chance, encoded);
      const given = chance.happens(0.1) ? junkArgument(chance) : encoded;
      const described = addon.describeLayout(given as Float64Array);
      assertDescribed(encoded, described);
      return READ;
    }

    function align(chance: Chance): string {
      const given = chance.happens(0.7) ? junkArgument(chance) : new ArrayBuffer(chance.below(300));
      const bytes = addon.bytesToAlignment(given as ArrayBuffer);
      if (!(Number.isInteger(bytes) && bytes >= 0 && bytes < 64)) fail(`${bytes} bytes to a boundary`);
      return READ;
    }

    function pass(chance: Chance, network: GuardedNetwork, memory: GuardedMemory): string {
      const { model, state, allocate } = network;
      const name = chance.pick(["forward", "step", "gradient"] as const);
      const gradient = name === "gradient" ? allocate(model.layout.parameterValues) : undefined;
      const given: unknown[] = [chance.below(2 * instructionSets), state.arena, gradient ?? chance.tame()];
      const changes = chance.happens(0.3) ? 0 : chance.between(1, 2);
      for (let i = 0; i < changes; i++) changePass(chance, given, network);
      const result = callUnchanged(memory, () => (addon[name] as (...given: unknown[]) => unknown)(...given));
      if (changes > 0) return READ;
      if (name !== "forward" && !Number.isFinite(result)) fail(`${name} gives the loss ${result}`);
      const outputs = state.activations[state.activations.length - 1];
      if (!outputs.every(Number.isFinite)) fail(`${name} gives outputs that are not finite`);
      return READ;
    }

    return {
      run(chance) {
        const memory = memories[chance.happens(0.1) ? 1 : 0];
        memory.reset();
        const network = guardedNetwork(chance, memory);
        const call = chance.pick([describe, align, pass, pass, pass]);
        let outcome: string;
        try {
          outcome = call(chance, network, memory);
        } catch (error) {
          outcome = nativeRefusal(error);
        }
        memory.assertIntact();
        return outcome;
      },
    };
  },
};

/** Calls, and makes sure that a call that is refused changes nothing. */
function callUnchanged<T>(memory: GuardedMemory, call: () => T): T {
  const before = memory.copy();
  try {
    return call();
  } catch (error) {
    memory.assertUnchanged(before);
    throw error;
  }
}

/** Makes one of the arguments of a pass something else. */
function changePass(chance: Chance, given: unknown[], { model, state }: GuardedNetwork): void {
  const { arena } = state;
  switch (chance.below(9)) {
    case 0:
      given[chance.below(3)] = junkArgument(chance);
      return;
    case 1:
      given[0] = chance.boundary();
      return;
    case 2:
      given[1] = arena.subarray(chance.below(3), arena.length - chance.below(3));
      return;
    case 3:
      given[1] =
        arena.byteLength % 8 === 0 ? new Float64Array(arena.buffer, arena.byteOffset, arena.byteLength / 8) : 0;
      return;
    case 4: {
      const buffer = resizable(arena.byteLength);
      const copy = arena instanceof Float64Array ? new Float64Array(buffer) : new Float32Array(buffer);
      copy.set(arena);
      buffer.resize(chance.below(arena.byteLength + 65));
      given[1] = copy;
      return;
    }
    case 5: {
      const copy = arena.slice();
      detach(copy.buffer);
      given[chance.pick([1, 2])] = copy;
      return;
    }
    case 6:
      // The gradient over what it is computed from.
      given[2] = chance.pick([arena, state.parameters, state.workspace.subarray(0, model.layout.parameterValues)]);
      return;
    case 7:
      for (let i = 0; i < 5; i++) state.parameters[chance.below(state.parameters.length)] = chance.boundary();
      return;
    default:
      changeModel(chance, new Float64Array(arena.buffer, arena.byteOffset, model.encoded.length));
  }
}

/** What C++ makes of an encoded model is what TypeScript makes of its sizes. */
function assertDescribed(encoded: Float64Array, described: readonly number[]): void {
  const [, bytes, , layers] = encoded;
  const sizes = [encoded[4], ...Array.from({ length: layers }, (_, l) => encoded[5 + 4 * l])];
  const layout = layoutOf(sizes, bytes === 8 ? "float64" : "float32");
  const { parameterValues, workspaceValues, logits, target, sampleValues } = layout;
  const expected = [parameterValues, workspaceValues, logits, target, sampleValues];
  for (const layer of layout.layers) {
    expected.push(layer.stride, layer.weights, layer.input, layer.output, layer.psi, layer.outputStride);
  }
  if (String(described) !== String(expected))
    fail(`a model of ${sizes} is laid out as ${described}, expected ${expected}`);
  for (const [place, value] of encoded.subarray(0, 5 + 4 * layers).entries()) {
    const isParameter = place > 4 && (place - 5) % 4 > 1;
    if (!isParameter && !Number.isInteger(value)) fail(`value ${place} of an encoded model is ${value}, and was taken`);
  }
}
