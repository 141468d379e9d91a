import { Random } from "../random.ts";
import { nextTurn } from "../turn.ts";

/** So many samples are put in order without a turn of the event loop: a few milliseconds. */
const ORDERED_AT_ONCE = 2 ** 17;

/** Keeps the sequences of an epoch's parts apart. */
const PART_STEP = 0x9e3779b1;

/** Which samples an epoch goes through when. */
export interface Place {
  /** Counted from 1. */
  readonly epoch: number;
  /** Counted from 0; data in one piece is part 0. */
  readonly part: number;
}

/** Fills in the order of a part's samples: a function of seed, epoch and part alone, the same on every backend. */
export async function fillOrder(order: Uint32Array, shuffle: boolean, seed: number, place: Place): Promise<void> {
  for (let i = 0; i < order.length; i++) order[i] = i;
  if (!shuffle) return;
  const random = new Random(seed, streamOf(place));
  for (let end = order.length; end > 0; end -= ORDERED_AT_ONCE) {
    random.shuffle(order, end, Math.max(0, end - ORDERED_AT_ONCE));
    if (end > ORDERED_AT_ONCE) await nextTurn();
  }
}

/** What dropout's masks are drawn from: independent of the order. */
export function dropoutKey(seed: number, place: Place): number {
  return new Random(seed, ~streamOf(place)).uint32();
}

function streamOf({ epoch, part }: Place): number {
  return (epoch + Math.imul(part, PART_STEP)) | 0;
}
