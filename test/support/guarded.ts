import { expect } from "vitest";
import type { DType, Values } from "../../src/index.ts";

/** More than the widest register holds. */
const GUARD_VALUES = 19;
const GUARD = 7.25;

/** Arrays that lie in larger ones, at no particular alignment, so that a write beside them shows. */
export class GuardedMemory {
  readonly #arrays: Values[] = [];

  /** A copy of the values. */
  copyOf(values: ArrayLike<number>, dtype: DType): Values {
    const Type = dtype === "float64" ? Float64Array : Float32Array;
    const array = new Type(values.length + 2 * GUARD_VALUES).fill(GUARD);
    this.#arrays.push(array);
    const inner = array.subarray(GUARD_VALUES, GUARD_VALUES + values.length);
    inner.set(values);
    return inner;
  }

  /** Expects that nothing beside the arrays was written. */
  expectIntact(what: string): void {
    for (const array of this.#arrays) {
      const around = [...array.subarray(0, GUARD_VALUES), ...array.subarray(array.length - GUARD_VALUES)];
      if (around.some((value) => value !== GUARD)) expect.fail(`${what}: memory beside an array was written`);
    }
  }
}
