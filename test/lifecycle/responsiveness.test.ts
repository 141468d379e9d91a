import { describe, expect, it } from "vitest";
import { Dataset, Network } from "../../src/index.ts";
import { numbersOf } from "../support/choices.ts";
import { rejectionOf } from "../support/errors.ts";

const TICK_MS = 10;

/** Bytes as of images, with labels: 6,000 of them. */
function imageLikeData(): Dataset {
  const inputs = Uint8Array.from(numbersOf(1, 6000 * 784), (value) => (value + 1) * 127);
  return Dataset.from({ inputs, labels: Uint8Array.from({ length: 6000 }, (_, i) => i % 10), inputScale: 1 / 255 });
}

describe("while a native fit runs", () => {
  it("timers go on ticking, and predictions are answered", async () => {
    const data = imageLikeData();
    const network = new Network([784, 256, 10], { seed: 1 });
    const input = data.sample(0).input;
    const controller = new AbortController();
    let published = network.predict(input);
    let ticks = 0;
    let reports = 0;
    const answers: Promise<unknown>[] = [];
    const timer = setInterval(() => {
      ticks++;
      expect(network.predict(input)).toEqual(published);
    }, TICK_MS);
    const failure = await rejectionOf(
      network.fit(data, {
        epochs: 1_000_000,
        signal: controller.signal,
        onEpoch: () => {
          published = network.predict(input);
        },
        onProgress: () => {
          reports++;
          const expected = published;
          const answer = network
            .predictBatchAsync([input])
            .then(({ data: outputs }) => expect(outputs).toEqual(expected));
          answers.push(answer);
          if (reports === 8) controller.abort();
        },
      }),
    );
    clearInterval(timer);
    expect(failure).toBe(controller.signal.reason);
    // Liveness, not speed: reports are at least two chunks apart, and a fit that held the event loop during its chunks
    // would let the timer tick once between them.
    expect(ticks).toBeGreaterThan(2 * reports);
    await Promise.all(answers);
    expect(answers.length).toBe(8);
  });
});
