/** The process that `SampleProcess` starts: measures one network on one backend. */
import { Network } from "downhill";
import { Random } from "../src/random.ts";
import type { Message, SampleTask } from "./crossing_process.ts";
import { calibrate, timeCalls } from "./measure.ts";

/** A few samples in turn, so that training does not come to rest at one that it knows by heart. */
const SAMPLES = 16;

/** Warms up, and makes what takes one sample. */
function prepare({ layers, dtype, backend, effort }: SampleTask): () => Message {
  const network = new Network(layers, { dtype, backend, seed: 1 });
  const random = new Random(1);
  const vectors = (length: number) =>
    Array.from({ length: SAMPLES }, () => Float64Array.from({ length }, () => random.uniform()));
  const inputs = vectors(layers[0]);
  const targets = vectors(layers[layers.length - 1]);
  let next = 0;
  const predict = () => {
    next = (next + 1) % SAMPLES;
    network.predict(inputs[next]);
  };
  const train = () => {
    next = (next + 1) % SAMPLES;
    network.train(inputs[next], targets[next]);
  };
  // The engine compiles anew what both share once it has seen both; what counts is the time after that.
  calibrate(predict, effort);
  calibrate(train, effort);
  const predictCalls = calibrate(predict, effort);
  const trainCalls = calibrate(train, effort);
  return () => ({ predict: timeCalls(predict, predictCalls), train: timeCalls(train, trainCalls) });
}

let takeSample: (() => Message) | undefined;

process.on("message", (question: SampleTask | "sample") => {
  if (question === "sample") {
    if (takeSample) process.send?.(takeSample());
    return;
  }
  takeSample = prepare(question);
  process.send?.("ready" satisfies Message);
});
