import type { Chance } from "./chance.ts";

/** A copy of a file's bytes with a few things changed. */
export function mutatedBytes(chance: Chance, bytes: Uint8Array, words: readonly string[] = []): Uint8Array {
  let mutated = bytes;
  for (let changes = chance.between(1, 4); changes > 0; changes--) mutated = changedOnce(chance, mutated, words);
  return mutated;
}

function changedOnce(chance: Chance, bytes: Uint8Array, words: readonly string[]): Uint8Array {
  const at = chance.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + chance.pick([1, 1, 2, 4, 8, 40]));
  switch (chance.below(words.length > 0 ? 11 : 9)) {
    case 0:
      return overwritten(bytes, at, Uint8Array.of((bytes[at] ?? 0) ^ (1 << chance.below(8))));
    case 1:
      return overwritten(bytes, at, Uint8Array.of(chance.pick([0, 1, 0x0a, 0x22, 0x2c, 0x7f, 0x80, 0xff])));
    case 2:
      return overwritten(bytes, at - (at % 4), lengthField(chance));
    case 3:
      return bytes.slice(0, at);
    case 4:
      return joined(bytes.subarray(0, at), chance.bytes(chance.between(1, 20)), bytes.subarray(at));
    case 5:
      return joined(bytes.subarray(0, at), bytes.subarray(end));
    case 6:
      return joined(bytes.subarray(0, end), bytes.subarray(at));
    case 7:
      return joined(bytes.subarray(at), bytes.subarray(0, at));
    case 8:
      return joined(bytes, chance.bytes(chance.between(1, 9)));
    default: {
      const word = new TextEncoder().encode(chance.pick(words));
      return joined(bytes.subarray(0, at), word, bytes.subarray(chance.happens(0.5) ? at : end));
    }
  }
}

/** A size as files declare them: 4 or 8 bytes, in either order. */
export function lengthField(chance: Chance): Uint8Array {
  const size = BigInt(Math.trunc(Math.min(2 ** 63, Math.max(0, chance.boundary() || 0))));
  const bytes = new Uint8Array(chance.pick([4, 4, 8]));
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number((size >> BigInt(8 * i)) & 255n);
  return chance.happens(0.5) ? bytes.reverse() : bytes;
}

function overwritten(bytes: Uint8Array, at: number, values: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  for (let i = 0; i < values.length && at + i < copy.length; i++) copy[at + i] = values[i];
  return copy;
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
