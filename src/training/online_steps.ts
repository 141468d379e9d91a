import type { Job } from "../backend/types.ts";
import { loadInput, loadTarget } from "../backend/typescript/samples.ts";
import { Random } from "../random.ts";
import type { Values } from "../types.ts";
import type { Measured } from "./layer_statistics.ts";
import { spreadSamples } from "./spread.ts";

/** Mean losses of a few samples before and after steps, or on the way. */
interface Losses {
  readonly before: number;
  readonly after: number;
}

/** How many samples are tried alone, and how many in a row. */
const ALONE = 8;
const IN_A_ROW = 32;

/** Tries online steps from the parameters of a state, which are put back. */
export class OnlineSteps {
  readonly #measured: Measured;
  readonly #samples: Job["samples"];
  readonly #indices: Uint32Array;
  readonly #gradient: Values;

  /** @param indices - the samples to choose from */
  constructor(measured: Measured, samples: Job["samples"], indices: Uint32Array) {
    this.#measured = measured;
    this.#samples = samples;
    this.#indices = indices;
    this.#gradient = measured.backend.allocate(measured.model.dtype, measured.state.parameters.length);
  }

  /** Takes a step for each of a few samples, always from the same parameters, and looks at that sample's loss after it. */
  alone(learningRate: number): Losses {
    const restored = this.#measured.state.parameters.slice();
    const chosen = this.#chosen(ALONE);
    let before = 0;
    let after = 0;
    for (const index of chosen) {
      before += this.#loss(index);
      this.#step(learningRate);
      after += this.#loss(index);
      this.#measured.state.parameters.set(restored);
    }
    return { before: before / chosen.length, after: after / chosen.length };
  }

  /** Takes the steps of some samples one after the other, as online training does, each loss met before its step. */
  inARow(learningRate: number): Losses {
    const restored = this.#measured.state.parameters.slice();
    const chosen = this.#chosen(IN_A_ROW);
    // Data may be sorted, training is not.
    new Random(0).shuffle(chosen);
    const mean = (sum: number) => sum / chosen.length;
    const before = mean(chosen.reduce((sum, index) => sum + this.#loss(index), 0));
    let after = 0;
    for (const index of chosen) {
      after += this.#loss(index);
      this.#step(learningRate);
    }
    this.#measured.state.parameters.set(restored);
    return { before, after: mean(after) };
  }

  #chosen(count: number): Uint32Array {
    return spreadSamples(this.#indices.length, count).map((place) => this.#indices[place]);
  }

  /** The loss of a sample, whose gradient is kept. */
  #loss(index: number): number {
    const { model, backend, state } = this.#measured;
    loadInput({ model, samples: this.#samples }, index, state.activations[0]);
    loadTarget({ model, samples: this.#samples }, index, state.target);
    return backend.gradient(model, state, this.#gradient);
  }

  /** W −= η ∂E/∂W */
  #step(learningRate: number): void {
    const { parameters } = this.#measured.state;
    for (let i = 0; i < parameters.length; i++) parameters[i] -= learningRate * this.#gradient[i];
  }
}
