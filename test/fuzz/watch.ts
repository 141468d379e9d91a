import { fail } from "./target.ts";

/**
 * Counts the bytes of all typed arrays that are made from here on: their constructors are replaced by ones that tell.
 * Memory that strings, objects and libraries take is seen by the limit of the process only.
 */
export class AllocationMeter {
  #bytes = 0;

  constructor() {
    const global = globalThis as unknown as Record<string, new (...given: readonly unknown[]) => ArrayBufferView>;
    for (const Type of [Uint8Array, Int32Array, Uint32Array, Float32Array, Float64Array]) {
      global[Type.name] = new Proxy(global[Type.name], {
        construct: (Original, given, target) => {
          const made: ArrayBufferView = Reflect.construct(Original, given, target);
          if (!(given[0] instanceof ArrayBuffer)) this.#bytes += made.byteLength;
          return made;
        },
      });
    }
  }

  /** Begins to count anew. */
  reset(): void {
    this.#bytes = 0;
  }

  /** Fails where more was made than an input of so many bytes justifies. */
  assertJustified(inputBytes: number, resultBytes = 0): void {
    const most = 2 ** 20 + 64 * inputBytes + 4 * resultBytes;
    if (this.#bytes > most) fail(`${this.#bytes} bytes were allocated for an input of ${inputBytes}`);
  }
}

/** The prototypes that all objects share, and what belongs to them when this is loaded. */
const PROTOTYPES = [Object, Array, String, Number, Boolean, Function, Map, Set, Float64Array, Uint8Array, Error].map(
  ({ name, prototype }) => ({ name, prototype: prototype as object, own: Reflect.ownKeys(prototype) }),
);

/** Fails where an input has left something in a prototype. */
export function assertNoPollution(): void {
  for (const { name, prototype, own } of PROTOTYPES) {
    const keys = Reflect.ownKeys(prototype);
    const added = keys.find((key) => !own.includes(key));
    if (added !== undefined || keys.length !== own.length) fail(`${name}.prototype has got ${String(added)}`);
  }
  if (Object.getPrototypeOf(Object.prototype) !== null) fail("Object.prototype has got a prototype");
}
