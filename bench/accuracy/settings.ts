/**
 * The settings that were tried for each contender, and for each target: a schedule pays most when it ends where the
 * target is met. The first of a list was the fastest to meet the target with every seed; a run takes that one, and with
 * `--search` all of them.
 */
import type { Decay, Setting } from "./race.ts";

/** The shares of test images to be told right, the lower first. */
export const TARGETS = [0.97, 0.98] as const;

export type Target = (typeof TARGETS)[number];

export type TriedSettings = Readonly<Record<Target, readonly Setting[]>>;

function setting(
  way: string,
  batchSize: number,
  optimizer: Setting["optimizer"],
  learningRate: number,
  decay: Decay,
  epochs: number,
): Setting {
  return { way, batchSize, optimizer, learningRate, decay, epochs };
}

export const DOWNHILL: TriedSettings = {
  0.97: [
    setting("relu", 1, "sgd", 0.025, "power", 1.1),
    setting("relu", 1, "sgd", 0.025, "power", 1),
    setting("relu", 1, "sgd", 0.02, "linear", 1.05),
    setting("relu", 8, "sgd", 0.15, "linear", 1.1),
    setting("relu", 4, "sgd", 0.08, "power", 1.1),
  ],
  0.98: [
    setting("relu", 1, "sgd", 0.025, "linear", 4),
    setting("relu", 1, "sgd", 0.02, "linear", 4),
    setting("relu", 1, "sgd", 0.025, "linear", 3.6),
    setting("relu", 4, "sgd", 0.1, "linear", 4),
    setting("relu", 8, "sgd", 0.15, "linear", 4),
    setting("relu", 8, "sgd", 0.2, "linear", 4),
    setting("leakyRelu", 1, "sgd", 0.02, "linear", 3.6),
  ],
};

export const PYTORCH: TriedSettings = {
  0.97: [
    setting("hand", 60, "momentum", 0.1, "linear", 1.3),
    setting("hand", 120, "momentum", 0.2, "linear", 1.5),
    setting("hand", 120, "momentum", 0.25, "power", 1.5),
    setting("hand", 40, "momentum", 0.06, "linear", 1.2),
    setting("hand", 200, "momentum", 0.3, "linear", 1.7),
    setting("hand", 24, "sgd", 0.25, "linear", 1),
    setting("hand", 8, "sgd", 0.15, "linear", 1),
    setting("autograd", 120, "momentum", 0.2, "linear", 1.5),
    setting("autograd", 60, "momentum", 0.1, "linear", 1.3),
    setting("autograd", 120, "adam", 0.005, "linear", 2),
  ],
  0.98: [
    setting("hand", 120, "momentum", 0.2, "oneCycle", 4.2),
    setting("hand", 120, "momentum", 0.25, "oneCycle", 4.2),
    setting("hand", 120, "momentum", 0.2, "linear", 4.2),
    setting("hand", 200, "momentum", 0.3, "oneCycle", 4.5),
    setting("hand", 60, "momentum", 0.1, "oneCycle", 4),
    setting("hand", 60, "momentum", 0.1, "linear", 3.5),
    setting("hand", 40, "momentum", 0.05, "linear", 3.5),
    setting("hand", 40, "sgd", 0.35, "linear", 3.5),
    setting("hand", 24, "sgd", 0.25, "linear", 3.3),
    setting("hand", 8, "sgd", 0.15, "linear", 3.6),
    setting("autograd", 120, "momentum", 0.2, "oneCycle", 4.2),
    setting("autograd", 120, "momentum", 0.2, "cosine", 4.2),
    setting("autograd", 60, "momentum", 0.1, "linear", 3.5),
    setting("autograd", 120, "adam", 0.004, "linear", 5),
    setting("autograd", 120, "adamw", 0.005, "oneCycle", 5),
  ],
};

export const NUMPY: TriedSettings = {
  0.97: [setting("float32", 8, "sgd", 0.15, "linear", 1), setting("float32", 40, "sgd", 0.35, "linear", 1.5)],
  0.98: [setting("float32", 8, "sgd", 0.15, "linear", 3.6), setting("float32", 24, "sgd", 0.3, "linear", 4.5)],
};

export const SCIKIT_LEARN: TriedSettings = {
  0.97: [
    setting("partial_fit", 60, "momentum", 0.1, "linear", 1.5),
    setting("partial_fit", 120, "adam", 0.005, "linear", 2),
  ],
  0.98: [
    setting("partial_fit", 60, "momentum", 0.1, "oneCycle", 4),
    setting("partial_fit", 120, "momentum", 0.2, "oneCycle", 4.2),
  ],
};

export const TENSORFLOW: TriedSettings = {
  0.97: [setting("wasm", 40, "sgd", 0.4, "linear", 1.7), setting("wasm", 24, "sgd", 0.25, "linear", 1.5)],
  0.98: [setting("wasm", 8, "sgd", 0.15, "linear", 3.6), setting("wasm", 24, "sgd", 0.3, "linear", 4.5)],
};

/** An epoch takes it a minute or two. */
export function brainSettings(name: string): TriedSettings {
  return { 0.97: [setting(name, 1, "sgd", 0.3, "linear", 6)], 0.98: [setting(name, 1, "sgd", 0.3, "linear", 12)] };
}
