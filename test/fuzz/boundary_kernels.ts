import { KERNEL_LIST, type KernelEntry, type Operand } from "../../src/backend/kernel_list.ts";
import { loadAddon } from "../../src/backend/loader.ts";
import type { Values } from "../../src/types.ts";
import { requireAddon } from "../support/native.ts";
import type { Chance } from "./chance.ts";
import { GuardedMemory } from "./guarded_memory.ts";
import { detach, junkArgument, nativeRefusal, resizable } from "./hostile.ts";
import { fail, READ, type Target, type Trial } from "./target.ts";

/** Why there is no binary, if there is none. */
export function missingAddon(): string | undefined {
  const { addon, attempts } = loadAddon();
  return addon ? undefined : `there is no binary: ${attempts.map(({ path, error }) => `${path}: ${error}`).join("; ")}`;
}

/** The functions of `addon.kernels`, called as no one should. */
export const boundaryKernels: Target = {
  name: "boundary-kernels",
  inputs: 200_000,
  quick: 20_000,
  mostMemory: 512,
  missing: missingAddon,
  async open(): Promise<Trial> {
    const addon = requireAddon();
    const memories = [new GuardedMemory(false), new GuardedMemory(true)];
    return {
      run(chance) {
        const memory = memories[chance.happens(0.1) ? 1 : 0];
        memory.reset();
        const call = new KernelCall(chance, memory, addon.instructionSets.length);
        const changes = chance.happens(0.2) ? 0 : chance.between(1, 3);
        for (let i = 0; i < changes; i++) call.change();
        const before = memory.copy();
        let outcome = READ;
        try {
          addon.kernels[call.entry.name](...(call.given as [number, ...unknown[]]));
        } catch (error) {
          outcome = nativeRefusal(error);
          memory.assertUnchanged(before);
        }
        memory.assertIntact();
        if (outcome === READ) call.assertPlausible();
        else if (changes === 0) fail(`${call.entry.name} refused what it should take: ${outcome}`);
        return outcome;
      },
    };
  },
};

/** An array of a call, and what it held before. */
interface Given {
  readonly name: string;
  readonly isResult: boolean;
  readonly values: Values;
  readonly before: Values;
}

/** The arguments of one call of a kernel, valid at first. */
class KernelCall {
  readonly entry: KernelEntry;
  readonly given: unknown[];
  readonly #chance: Chance;
  readonly #memory: GuardedMemory;
  readonly #Type: typeof Float32Array | typeof Float64Array;
  readonly #arrays: Given[] = [];
  /** Whether results follow from ordinary numbers, each from those of its own. */
  #isTame = true;

  constructor(chance: Chance, memory: GuardedMemory, instructionSets: number) {
    this.#chance = chance;
    this.#memory = memory;
    this.entry = chance.pick(KERNEL_LIST);
    this.#Type = chance.pick([Float32Array, Float64Array] as const);
    const size = () => chance.pick([0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, chance.below(70), chance.below(140)]);
    const [rows, inputs] = [size(), size()];
    const samples = chance.pick([0, 1, 2, 3, 5, 8, 17]);
    // A matrix without rows may be of any width where samples are counted by rows.
    const isBlock = this.entry.operands.every(({ perSample }) => perSample);
    const isWide = rows === 0 && isBlock && chance.happens(0.3);
    const columns = isWide ? chance.pick([2 ** 31, 2 ** 40, 2 ** 53 - 1]) : inputs + 1;
    const matrix = this.entry.takesMatrix
      ? [this.#array("matrix", rows * (inputs + 1), this.entry.updatesMatrix), rows, columns]
      : [];
    const lengthOf = ({ length, perSample }: Operand) => {
      if (typeof length === "number") return length;
      const each = length === "rows" ? rows : length === "inputs" ? inputs : rows;
      // No rows are no samples, as it is the first operand that counts them.
      return each * (perSample ? (rows === 0 || inputs === 0 ? 0 : samples) : 1);
    };
    const isSum = this.entry.name === "sumSquares";
    const operands = this.entry.operands.map((operand) => {
      return this.#array(operand.name, lengthOf(operand), operand.isResult === true || isSum);
    });
    const scalars = this.entry.scalars.map(() => chance.tame());
    const rest = this.entry.takesMatrix || scalars.length > 0 ? scalars : [1];
    this.given = [chance.below(2 * instructionSets), ...matrix, ...operands, ...rest];
  }

  #array(name: string, length: number, isResult: boolean): Values {
    const values = this.#memory.place<Values>(this.#chance, this.#Type, length);
    // Constants of a step: shares and amounts, so that what is divided by is not 0.
    for (let i = 0; i < length; i++)
      values[i] = name === "constants" ? 0.25 + this.#chance.below(3) / 4 : this.#chance.tame();
    // Second moments are sums of squares.
    if (name === "first" || name === "second") for (let i = 0; i < length; i++) values[i] = Math.abs(values[i]);
    this.#arrays.push({ name, isResult, values, before: values.slice() });
    return values;
  }

  /** Makes one of the arguments something else. */
  change(): void {
    const chance = this.#chance;
    const place = chance.below(this.given.length);
    const old = this.#arrays.find(({ values }) => values === this.given[place])?.values;
    this.#isTame = false;
    if (!old) {
      this.given[place] = chance.happens(0.7) ? chance.boundary() : junkArgument(chance);
      return;
    }
    switch (chance.below(9)) {
      case 0:
        this.given[place] = junkArgument(chance);
        return;
      case 1:
        this.given[place] = old.subarray(chance.below(2), Math.max(0, old.length - chance.below(2)));
        return;
      case 2: {
        // The same memory as another argument's, or a part of it.
        const { values } = chance.pick(this.#arrays);
        const at = values.length > old.length ? chance.below(values.length - old.length + 1) : 0;
        this.given[place] = chance.happens(0.5) ? values : values.subarray(at, at + old.length);
        return;
      }
      case 3: {
        const tracking = chance.happens(0.5);
        const buffer = resizable(old.byteLength);
        this.given[place] = tracking ? new this.#Type(buffer) : new this.#Type(buffer, 0, old.length);
        buffer.resize(chance.pick([0, 1, Math.max(0, old.byteLength - 1), old.byteLength, old.byteLength + 64]));
        return;
      }
      case 4: {
        const copy = old.slice();
        detach(copy.buffer);
        this.given[place] = copy;
        return;
      }
      case 5:
        this.given.splice(place, 1);
        return;
      case 6:
        for (let i = 0; i < 3 && old.length > 0; i++) old[chance.below(old.length)] = chance.boundary();
        return;
      case 7:
        this.given[place] = old.slice(0, chance.below(old.length + 1));
        return;
      default: {
        const Other = this.#Type === Float32Array ? Float64Array : Float32Array;
        this.given[place] = new Other(old.length);
      }
    }
  }

  /** What is only read has not changed, and ordinary numbers gave finite ones. */
  assertPlausible(): void {
    if (!this.#isTame) return;
    for (const { name, isResult, values, before } of this.#arrays) {
      if (!isResult) assertSame(`${name} of ${this.entry.name}, which is only read,`, values, before);
      else if (!values.every(Number.isFinite)) fail(`${name} of ${this.entry.name} is not finite`);
    }
  }
}

/** Bit by bit, as there may be NaN. */
function assertSame(what: string, values: Values, before: Values): void {
  const bytes = (array: Values) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);
  if (!bytes(values).equals(bytes(before))) fail(`${what} was written`);
}
