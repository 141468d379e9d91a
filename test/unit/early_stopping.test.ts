import { describe, expect, it } from "vitest";
import { EarlyStopping, resolveEarlyStopping } from "../../src/training/early_stopping.ts";
import type { Observed } from "../../src/training/monitor.ts";
import { expectThrown } from "../support/errors.ts";
import { fc } from "../support/fast_check.ts";

function stoppingOf(options: object): EarlyStopping {
  return new EarlyStopping(resolveEarlyStopping(options, "options.earlyStopping"));
}

/** The epochs that were best, and the one it stopped at, for losses from epoch `first` on. */
function run(stopping: EarlyStopping, losses: readonly number[], first = 1) {
  const best: number[] = [];
  for (const [i, loss] of losses.entries()) {
    const { isBest, shouldStop } = stopping.observe(first + i, { loss });
    if (isBest) best.push(first + i);
    if (shouldStop) return { best, stopped: first + i };
  }
  return { best, stopped: undefined };
}

describe("early stopping", () => {
  it("stops at the end of the epoch that makes the patience full", () => {
    const losses = [5, 4, 6, 3, 3, 7, 4, 1];
    expect(run(stoppingOf({ patience: 3 }), losses)).toEqual({ best: [1, 2, 4], stopped: 7 });
    expect(run(stoppingOf({ patience: 1 }), losses)).toEqual({ best: [1, 2], stopped: 3 });
    expect(run(stoppingOf({ patience: 4 }), losses)).toEqual({ best: [1, 2, 4, 8], stopped: undefined });
  });

  it("asks for more than minDelta", () => {
    const losses = [4, 3.5, 3, 2.5, 2.25];
    expect(run(stoppingOf({ patience: 5, minDelta: 0.5 }), losses).best).toEqual([1, 3, 5]);
    expect(run(stoppingOf({ patience: 5 }), losses).best).toEqual([1, 2, 3, 4, 5]);
    expect(run(stoppingOf({ patience: 5 }), [2, 2]).best).toEqual([1]);
  });

  it("knows the best epoch", () => {
    const stopping = stoppingOf({ patience: 9 });
    expect(stopping.bestEpoch).toBeUndefined();
    run(stopping, [3, 2, 4], 11);
    expect(stopping.bestEpoch).toBe(12);
  });

  it("watches the validation set where there is one, and accuracy upwards", () => {
    const reports: Observed[] = [
      { loss: 1, accuracy: 0.9, validation: { loss: 3, accuracy: 0.5 } },
      { loss: 2, accuracy: 0.8, validation: { loss: 2, accuracy: 0.5 } },
      { loss: 3, accuracy: 0.7, validation: { loss: 4, accuracy: 0.7 } },
    ];
    const bestBy = (monitor: "loss" | "accuracy") => {
      const stopping = stoppingOf({ patience: 9, monitor });
      return reports.map((report, i) => stopping.observe(i + 1, report).isBest);
    };
    expect(bestBy("loss")).toEqual([true, true, false]);
    expect(bestBy("accuracy")).toEqual([true, false, true]);
  });

  it("never takes NaN, infinity or nothing at all for better", () => {
    expect(run(stoppingOf({ patience: 2 }), [Number.NaN, Number.POSITIVE_INFINITY])).toEqual({ best: [], stopped: 2 });
    expect(run(stoppingOf({ patience: 3 }), [Number.NaN, 5, Number.NaN, Number.NaN, Number.NaN])).toEqual({
      best: [2],
      stopped: 5,
    });
    const { isBest } = stoppingOf({ patience: 1, monitor: "accuracy" }).observe(1, {
      loss: 1,
      validation: { loss: 2 },
    });
    expect(isBest).toBe(false);
  });

  it("goes on from its state as if it had not been interrupted", () => {
    const loss = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constant(Number.NaN));
    fc.assert(
      fc.property(fc.array(loss, { maxLength: 20 }), fc.nat({ max: 20 }), (losses, cut) => {
        const options = { patience: 4, minDelta: 1 };
        const [whole, before, after] = [stoppingOf(options), stoppingOf(options), stoppingOf(options)];
        const expected = run(whole, losses);
        const first = run(before, losses.slice(0, cut));
        after.restore(JSON.parse(JSON.stringify(before.state())));
        expect(after.bestEpoch).toBe(before.bestEpoch);
        const second = first.stopped ? { best: [], stopped: first.stopped } : run(after, losses.slice(cut), cut + 1);
        expect({ best: [...first.best, ...second.best], stopped: second.stopped }).toEqual(expected);
      }),
    );
  });

  it("refuses a state it did not give, and stays as it was", () => {
    const good = { bestEpoch: 2, best: 1, epochsWithout: 1 };
    for (const state of [
      undefined,
      {},
      { ...good, bestEpoch: 1.5 },
      { ...good, best: {} },
      { ...good, epochsWithout: -1 },
    ]) {
      const stopping = stoppingOf({ patience: 3 });
      run(stopping, [7]);
      const before = stopping.state();
      expectThrown(() => stopping.restore(state), "ERR_CHECKPOINT", "the checkpoint's earlyStopping.");
      expect(stopping.state()).toEqual(before);
    }
  });
});

describe("the options of early stopping", () => {
  const resolve = (given: unknown) => resolveEarlyStopping(given, "options.earlyStopping");

  it("have defaults", () => {
    expect(resolve({ patience: 3 })).toEqual({ monitor: "loss", patience: 3, minDelta: 0, restoreBest: true });
    const all = { monitor: "accuracy", patience: 1, minDelta: 0.01, restoreBest: false };
    expect(resolve(all)).toEqual(all);
  });

  it("are checked", () => {
    const refused = (given: unknown, ...fragments: string[]) =>
      expectThrown(() => resolve(given), "ERR_OPTION", "options.earlyStopping", ...fragments);
    refused(5, " is 5, expected an object");
    for (const patience of [undefined, 0, -1, 1.5, Number.NaN, "3"]) refused({ patience }, ".patience is");
    for (const minDelta of [-1, Number.NaN, "0"]) refused({ patience: 1, minDelta }, ".minDelta is");
    refused({ patience: 1, monitor: "valLoss" }, '.monitor is "valLoss", expected one of loss, accuracy');
    refused({ patience: 1, restoreBest: 1 }, ".restoreBest is 1, expected true or false");
    refused({ patience: 1, mode: "min" }, ' has no option "mode"');
  });
});
