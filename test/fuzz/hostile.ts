import type { Chance } from "./chance.ts";
import { fail, refusal } from "./target.ts";

/** What a getter or a trap of ours throws: it may come out as it is. */
export class OwnError extends Error {}

/** The codes that native code refuses with. */
const CODES = ["ERR_SHAPE", "ERR_OPTION", "ERR_BACKEND_UNAVAILABLE"];

/**
 * The code that a call of the binary refused with: an error of its own says so, with the name of a function.
 *
 * @throws whatever is another error
 */
export function nativeRefusal(error: unknown): string {
  if (error instanceof OwnError) return "own error";
  const { message, code } = error as Error & { code?: string };
  if (!/^native \w+: /.test(message)) fail(`not an error of the binary: ${message}`, error);
  return refusal({ name: "DownhillError", code, message }, CODES);
}

/** A resizable buffer; the library of ES2023 does not know the type. */
export function resizable(bytes: number): ArrayBuffer & { resize(length: number): void } {
  return Reflect.construct(ArrayBuffer, [bytes, { maxByteLength: bytes + 4096 }]);
}

/** Transfers a buffer away, where it can be. */
export function detach(buffer: ArrayBufferLike): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength > 0) structuredClone(buffer, { transfer: [buffer] });
}

/** A value where a number or a typed array is expected. */
export function junkArgument(chance: Chance): unknown {
  const length = chance.pick([0, 1, 3, 8, 16, 17, 1000]);
  switch (chance.below(18)) {
    case 0:
      return undefined;
    case 1:
      return null;
    case 2:
      return chance.pick(["", "1", "sigmoid", true, Symbol("s"), 1n, 2n ** 64n]);
    case 3:
      return Array.from({ length }, () => 1);
    case 4:
      return { length, buffer: new ArrayBuffer(8), byteOffset: 0 };
    case 5:
      return new DataView(new ArrayBuffer(length));
    case 6:
      return chance.pick([new ArrayBuffer(length * 8), new SharedArrayBuffer(length * 8)]);
    case 7:
      return new BigInt64Array(length);
    case 8:
      return chance.pick([new Uint8ClampedArray(length), new Int16Array(length), new Uint16Array(length)]);
    case 9:
      return new Proxy(new Float32Array(length), {});
    case 10: {
      const view = chance.pick([new Float32Array(length), new Float64Array(length), new Uint32Array(length)]);
      detach(view.buffer);
      return view;
    }
    case 11: {
      // Out of bounds, or shorter than it was made.
      const buffer = resizable(8 * length);
      const view = chance.happens(0.5) ? new Float64Array(buffer, 0, length) : new Float64Array(buffer);
      buffer.resize(chance.below(8 * length + 1));
      return view;
    }
    case 12: {
      const pair = Proxy.revocable({}, {});
      pair.revoke();
      return pair.proxy;
    }
    case 13:
      return () => 1;
    case 14:
      return chance.pick([
        new Float32Array(length),
        new Float64Array(length),
        new Uint32Array(length),
        new Int32Array(length),
      ]);
    default:
      return chance.boundary();
  }
}
