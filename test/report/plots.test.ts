import { describe, expect, it } from "vitest";
import { Network } from "../../src/index.ts";
import type { Point } from "../../src/report/series.ts";
import { fc } from "../support/fast_check.ts";
import { found, historyOf, readChart, readReport } from "./reading.ts";

const network = new Network([2, 3, 2], { seed: 1 });

/** Coordinates have two decimals: a hundredth of a pixel is so much of an axis. */
const OF_AXIS = 2e-4;

function expectPoints(read: readonly (readonly [number, number])[], expected: readonly Point[], range: number): void {
  expect(read.map(([epoch]) => Math.round(epoch))).toEqual(expected.map(([epoch]) => epoch));
  for (const [i, [, value]] of read.entries()) expect(Math.abs(value - expected[i][1])).toBeLessThan(OF_AXIS * range);
}

describe.each(["wide", "narrow"])("the %s plots hold the numbers of the history", (width) => {
  const chartOf = async (history: Parameters<typeof readReport>[1], section: string, nth = 0) => {
    const { document } = await readReport(network, history);
    return Array.from(document.querySelectorAll(`#${section} .${width} svg`))[nth];
  };

  it("loss, of training and validation, and accuracy", async () => {
    const loss = (epoch: number) => 2 / epoch + 0.1;
    const validation = (epoch: number) => ({ loss: 1.5 / epoch + 0.02 * epoch, accuracy: 1 - 0.5 / epoch });
    const history = historyOf(12, (epoch) => ({ loss: loss(epoch), validation: validation(epoch) }));
    const points = (of: (epoch: number) => number) => history.epochs.map(({ epoch }): Point => [epoch, of(epoch)]);
    const losses = readChart(await chartOf(history, "learning"));
    expect(losses.names).toEqual(["training", "validation"]);
    expectPoints(losses.lines[0], points(loss), 2.5);
    expectPoints(losses.dots[0], points(loss), 2.5);
    expectPoints(
      losses.lines[1],
      points((epoch) => validation(epoch).loss),
      2.5,
    );
    const accuracy = readChart(await chartOf(history, "learning", 1));
    expectPoints(
      accuracy.lines[0],
      points((epoch) => validation(epoch).accuracy),
      0.5,
    );
  });

  it("marks the best epoch", async () => {
    const history = historyOf(9, (epoch) => ({ validation: { loss: (epoch - 4) ** 2 + 1 } }));
    const svg = await chartOf(history, "learning");
    expect(svg.textContent).toContain("best: 4");
    const tick = readChart(svg).epochs;
    const x = Number(found(svg, "g.marked line").getAttribute("x1"));
    const [from, to] = [tick[0], tick[tick.length - 1]];
    expect(from[1] + ((x - from[0]) / (to[0] - from[0])) * (to[1] - from[1])).toBeCloseTo(4, 2);
    const stopped = await readReport(network, { ...history, bestEpoch: 6, stopped: "earlyStopping" });
    expect(found(stopped.document, "#learning").textContent).toContain("best: 6");
    expect(found(stopped.document, ".figures").textContent).toContain("stopped early");
  });

  it("learning rates, and none that never changes", async () => {
    const history = historyOf(5, (epoch) => ({ learningRate: 0.3 * 0.5 ** epoch }));
    const rates = readChart(await chartOf(history, "rate"));
    expectPoints(
      rates.lines[0],
      history.epochs.map(({ epoch, learningRate }) => [epoch, learningRate]),
      0.15,
    );
    const { document } = await readReport(
      network,
      historyOf(5, () => ({})),
    );
    expect(document.querySelectorAll("#rate svg").length).toBe(0);
    expect(found(document, "#rate").textContent).toContain("0.1 in all 5 epochs");
  });

  it("gradient norms of every layer, on a logarithmic scale", async () => {
    const layer = (gradientNorm: number) => ({ gradientNorm, saturation: 0.25 });
    const norms = (epoch: number) => [3e-9 * epoch, 0.2 / epoch];
    const history = historyOf(7, (epoch) => ({ statistics: { layers: norms(epoch).map(layer) } }));
    const { lines, names } = readChart(await chartOf(history, "gradients"), true);
    expect(names.toSorted()).toEqual(["layer 0", "layer 1"]);
    for (const [l, line] of lines.entries()) {
      expect(line.length).toBe(7);
      for (const [i, [epoch, norm]] of line.entries()) {
        expect(Math.round(epoch)).toBe(i + 1);
        // A logarithm over 9 decades.
        expect(Math.abs(Math.log10(norm / norms(i + 1)[l]))).toBeLessThan(9 * OF_AXIS);
      }
    }
    const saturation = readChart(await chartOf(history, "saturation"));
    for (const line of saturation.lines)
      expectPoints(
        line,
        history.epochs.map(({ epoch }) => [epoch, 0.25]),
        1,
      );
  });

  it("shows gradients that are exactly 0 below the axis, each with a mark", async () => {
    const norms = (epoch: number) => [epoch < 4 ? 0 : 1e-3, 0];
    const history = historyOf(6, (epoch) => ({
      statistics: { layers: norms(epoch).map((gradientNorm) => ({ gradientNorm, saturation: 1 })) },
    }));
    const svg = await chartOf(history, "gradients");
    const { zeros, lowestTick, lines } = readChart(svg, true);
    expect(zeros.map((marks) => marks.map(({ epoch }) => Math.round(epoch)))).toEqual([
      [1, 2, 3],
      [1, 2, 3, 4, 5, 6],
    ]);
    for (const { y } of zeros.flat()) expect(y).toBeGreaterThan(lowestTick);
    expect(new Set(zeros.map((marks) => marks[0].y)).size).toBe(2);
    expect(lines.map(({ length }) => length)).toEqual([6, 6]);
    expect(Math.abs(Math.log10(lines[0][5][1] / 1e-3))).toBeLessThan(1e-2);
    expect(Array.from(svg.querySelectorAll("g.value-ticks text"), ({ textContent }) => textContent)).toContain("0");
  });

  it("has an axis and no line where every gradient is 0", async () => {
    const layers = [0, 1].map(() => ({ gradientNorm: 0, saturation: 1 }));
    const history = historyOf(300, () => ({ statistics: { layers } }));
    const { zeros, values } = readChart(await chartOf(history, "gradients"), true);
    expect(values.map(([, value]) => value)).toContain(1e-6);
    for (const marks of zeros) {
      expect(marks.length).toBeGreaterThan(10);
      expect(marks.length).toBeLessThan(40);
    }
    const { document } = await readReport(network, history);
    expect(found(document, "#gradients").textContent).toContain("every gradient is exactly 0");
  });

  it("a single epoch", async () => {
    const { dots, epochs } = readChart(
      await chartOf(
        historyOf(1, () => ({ loss: 0.75 })),
        "learning",
      ),
    );
    expect(epochs.map(([, epoch]) => epoch)).toEqual([1]);
    expectPoints(dots[0], [[1, 0.75]], 1);
  });

  it("draws of thousands of epochs some that are exact, among them every spike", async () => {
    const loss = (epoch: number) => (epoch === 1234 ? 9 : 1 + Math.sin(epoch) / 10);
    const history = historyOf(5000, (epoch) => ({ loss: loss(epoch) }));
    const { lines } = readChart(await chartOf(history, "learning"));
    expect(lines[0].length).toBeLessThan(500);
    expect(lines[0].length).toBeGreaterThan(200);
    expect(Math.max(...lines[0].map(([, value]) => value))).toBeCloseTo(9, 1);
    expect([lines[0][0][0], lines[0][lines[0].length - 1][0]].map(Math.round)).toEqual([1, 5000]);
  });
});

describe("losses of any size", () => {
  it("are drawn where they are finite, and told where not", async () => {
    const history = historyOf(6, (epoch) => ({
      loss: epoch === 3 ? Number.POSITIVE_INFINITY : epoch,
      validation: { loss: epoch > 4 ? Number.NaN : 1 },
    }));
    const { document, text } = await readReport(network, history);
    const { lines } = readChart(found(document, "#learning svg"));
    expectPoints(
      lines[0],
      [1, 2, 4, 5, 6].map((epoch) => [epoch, epoch]),
      6,
    );
    expect(found(document, "#learning").textContent).toContain("In 1 epoch the training loss was not finite");
    expect(found(document, "#learning").textContent).toContain("In 2 epochs the validation loss was not finite");
    expect(text).not.toMatch(/NaN|Infinity/);
  });

  it("of numbers as they may come, always have finite coordinates and ticks that say them", async () => {
    const numbers = fc.double({ min: 0, max: 1e300, noNaN: true });
    await fc.assert(
      fc.asyncProperty(fc.array(numbers, { minLength: 1, maxLength: 9 }), async (values) => {
        const layers = (value: number) => ({
          layers: [value, value / 3].map((gradientNorm) => ({ gradientNorm, saturation: 0 })),
        });
        const history = historyOf(values.length, (epoch) => ({
          loss: values[epoch - 1],
          learningRate: values[values.length - epoch],
          statistics: layers(values[epoch - 1]),
        }));
        const { text, document } = await readReport(network, history);
        expect(text).not.toMatch(/NaN|Infinity|undefined/);
        const above = values.filter((value) => value > 0);
        const isLogarithmic = above.length === values.length && Math.max(...values) / Math.min(...values) >= 100;
        const { dots } = readChart(found(document, "#learning svg"), isLogarithmic);
        const most = Math.max(...values);
        for (const [i, [, value]] of dots[0].entries()) {
          if (isLogarithmic) expect(Math.abs(Math.log10(value / values[i]))).toBeLessThan(0.3);
          else expect(Math.abs(value - values[i])).toBeLessThanOrEqual(1e-3 * most * 2.5 + 1e-280);
        }
      }),
      { numRuns: 30 },
    );
  });
});
