import type { LayerSpec, NetworkOptions } from "downhill";
import { PIXELS } from "./render.ts";

/** The kinds of digits, and so the outputs of the network. */
export const CLASSES = 10;

/** How the network is built: one hidden layer, sigmoids throughout, an output for each digit. */
export function layers(hidden: number): LayerSpec[] {
  return [PIXELS, hidden, CLASSES];
}

/** What the layers are made of. */
export const NETWORK_OPTIONS = {
  activation: "sigmoid",
  outputActivation: "sigmoid",
  loss: "squaredError",
  initializer: "glorotUniform",
} as const satisfies NetworkOptions;

/** The learning rate of the first epoch. */
const FIRST_RATE = 0.3;

/** What the last epoch has left of it. */
const LAST_SHARE = 0.02;

/**
 * A learning rate that falls along half a cosine wave: long steps to get near, short ones to settle. After each sample
 * the network takes a step, so without the fall the last samples seen would count the most.
 *
 * @param epochs - how many there will be
 * @returns the rate of an epoch, counted from 1
 */
export function fallingRate(epochs: number): (epoch: number) => number {
  return (epoch) => {
    const progress = epochs > 1 ? (epoch - 1) / (epochs - 1) : 0;
    const share = (1 + Math.cos(Math.PI * progress)) / 2;
    return FIRST_RATE * (LAST_SHARE + (1 - LAST_SHARE) * share);
  };
}
