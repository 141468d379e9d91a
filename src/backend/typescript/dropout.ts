import type { Values } from "../../types.ts";
import type { Layer } from "./layer.ts";
import type { Round } from "./loss.ts";

/** Units left out in training, as `native/dropout.cc` does it. A mask is a function of its place, and stored nowhere. */

/** What tells samples, layers and units apart. */
const POSITION_STEP = 0x85ebca6b;
const LAYER_STEP = 0xc2b2ae35;
const UNIT_STEP = 0x9e3779b9;

/** The "lowbias32" mixer of C. Wellons, "Prospecting for hash functions" (2018). @returns 32 bits */
function mix(value: number): number {
  let bits = value;
  bits = Math.imul(bits ^ (bits >>> 16), 0x7feb352d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** What the share p of a layer's dropped units comes to. */
interface Share {
  /** A unit is dropped when its bits are less: p · 2^32. */
  readonly threshold: number;
  /** 1 − p */
  readonly kept: number;
  /** 1 / (1 − p), which makes up for the units that are not there. */
  readonly scale: number;
}

/** Inverted dropout in the hidden layers of a block of samples: what is kept is scaled up, so predictions need no change. */
export class Dropout {
  /** Undefined for layers that keep all. */
  readonly #shares: readonly (Share | undefined)[];
  readonly #keys: Uint32Array;
  #key = 0;
  #position = 0;

  /**
   * @param shares - (hidden layers)
   * @param keys - (epochs)
   */
  constructor(shares: Float64Array, keys: Uint32Array, round: Round) {
    this.#shares = Array.from(shares, (p) =>
      p > 0 ? { threshold: Math.floor(p * 2 ** 32), kept: round(1 - p), scale: round(1 / (1 - p)) } : undefined,
    );
    this.#keys = keys;
  }

  /** From now on sample 0 is the one at a position of an epoch. */
  moveTo(epoch: number, position: number): void {
    this.#key = this.#keys[epoch];
    this.#position = position;
  }

  /** Scales or drops the outputs x of hidden layer l, (units). */
  drop(l: number, sample: number, x: Values, units: number): void {
    const share = this.#shares[l];
    if (share) scaleKept(x, units, this.#rowKey(l, sample), share);
  }

  /** psi = psi ⊙ f′(x) for hidden layer l and its dropped outputs x, (units) */
  differentiate(l: number, sample: number, layer: Layer, x: Values, psi: Values): void {
    const share = this.#shares[l];
    // f′ is taken from f's own output; the gradient of the weights above needs the scaled one.
    if (share) scaleAll(x, layer.units, share.kept);
    layer.differentiate(x, psi);
    if (!share) return;
    scaleKept(psi, layer.units, this.#rowKey(l, sample), share);
    scaleAll(x, layer.units, share.scale);
  }

  #rowKey(l: number, sample: number): number {
    const ofSample = mix(this.#key + Math.imul(this.#position + sample, POSITION_STEP));
    return mix(ofSample + Math.imul(l + 1, LAYER_STEP));
  }
}

function scaleKept(values: Values, count: number, rowKey: number, { threshold, scale }: Share): void {
  for (let j = 0; j < count; j++) {
    const isDropped = mix(rowKey + Math.imul(j, UNIT_STEP)) < threshold;
    values[j] = isDropped ? 0 : values[j] * scale;
  }
}

function scaleAll(values: Values, count: number, scale: number): void {
  for (let j = 0; j < count; j++) values[j] = values[j] * scale;
}
