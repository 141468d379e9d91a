import type { Chance } from "./chance.ts";
import { fail } from "./target.ts";

export type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

const BYTES = 2 ** 22;
const GUARD = 0xa5;
/** On both sides of every array: more than the widest register holds, in four of them. */
const GUARD_BYTES = 256;

/**
 * One large buffer in which all arrays of a call lie, at odd places, with bytes between them that nobody may write.
 */
export class GuardedMemory {
  readonly #buffer: ArrayBufferLike;
  readonly #bytes: Buffer;
  readonly #guard = Buffer.alloc(BYTES, GUARD);
  #arrays: NumberArray[] = [];
  #end = GUARD_BYTES;

  constructor(isShared: boolean) {
    this.#buffer = isShared ? new SharedArrayBuffer(BYTES) : new ArrayBuffer(BYTES);
    this.#bytes = Buffer.from(this.#buffer, 0, BYTES);
    this.#bytes.fill(GUARD);
  }

  /** Gives up all arrays. */
  reset(): void {
    this.#bytes.fill(GUARD, 0, this.#end + GUARD_BYTES);
    this.#arrays = [];
    this.#end = GUARD_BYTES;
  }

  /** An array of zeros behind the others, aligned as its type needs it, and seldom better. */
  place<A extends NumberArray>(
    chance: Chance,
    Type: new (buffer: ArrayBufferLike, byteOffset: number, length: number) => A,
    length: number,
    alignment = 1,
  ): A {
    const { BYTES_PER_ELEMENT: size } = Type as unknown as { BYTES_PER_ELEMENT: number };
    const step = Math.max(size, alignment);
    const begin = Math.ceil((this.#end + GUARD_BYTES) / step) * step + (alignment > 1 ? 0 : size * chance.below(9));
    if (begin + length * size > BYTES - GUARD_BYTES) fail("the arrays of this input do not fit the memory for them");
    const array = new Type(this.#buffer, begin, length);
    array.fill(0);
    this.#arrays.push(array);
    this.#end = begin + array.byteLength;
    return array;
  }

  /** All bytes as they are now. */
  copy(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#end + GUARD_BYTES));
  }

  /** Fails where a byte is not as it was in a copy. */
  assertUnchanged(copy: Buffer): void {
    const changed = copy.compare(this.#bytes, 0, copy.length) !== 0;
    if (changed) fail("a call that was refused has written");
  }

  /** Fails where something beside the arrays has been written. */
  assertIntact(): void {
    let from = 0;
    for (const { byteOffset, byteLength } of [
      ...this.#arrays.map(rangeOf),
      { byteOffset: this.#end + GUARD_BYTES, byteLength: 0 },
    ]) {
      if (this.#guard.compare(this.#bytes, from, byteOffset, 0, byteOffset - from) !== 0) {
        const place = this.#bytes.subarray(from, byteOffset).findIndex((byte) => byte !== GUARD);
        fail(
          `memory beside the arrays was written: ${place} bytes behind an array, or ${byteOffset - from - place} before one`,
        );
      }
      from = byteOffset + byteLength;
    }
  }
}

/** Where an array was put; one whose buffer is detached does not know any more. */
function rangeOf({ byteOffset, byteLength }: NumberArray) {
  return { byteOffset, byteLength };
}
