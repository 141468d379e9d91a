/**
 * A small seeded source of random numbers: a counter that advances by an odd constant, each of its values
 * scrambled by the finalizer of MurmurHash3 (Austin Appleby). 32-bit integer arithmetic only, so every
 * machine draws the same.
 */
export class SeededRandom {
  #counter: number;

  /** @param seed - a 32-bit integer; seeds that differ give unrelated sequences */
  constructor(seed: number) {
    this.#counter = scramble(seed | 0);
  }

  /** 32 random bits as an unsigned integer. */
  uint32(): number {
    this.#counter = (this.#counter + 0x9e3779b9) | 0;
    return scramble(this.#counter) >>> 0;
  }

  /** A number in [0, 1). */
  uniform(): number {
    return this.uint32() / 4294967296;
  }

  /** A number in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** A number in (-1, 1), bell-shaped around 0: the mean of three uniform ones. */
  bell(): number {
    return (2 * (this.uniform() + this.uniform() + this.uniform())) / 3 - 1;
  }

  /** One of some items, each as often as its weight says. */
  choose<Item extends { readonly weight: number }>(items: readonly Item[]): Item {
    const total = items.reduce((sum, { weight }) => sum + weight, 0);
    let left = this.uniform() * total;
    for (const item of items) {
      left -= item.weight;
      if (left < 0) return item;
    }
    return items[items.length - 1];
  }
}

function scramble(value: number): number {
  let bits = value ^ (value >>> 16);
  bits = Math.imul(bits, 0x85ebca6b);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
