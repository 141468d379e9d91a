import { describe, expect, it } from "vitest";
import { epochTicks, logarithmicAxis, roundTicks } from "../../src/report/axes.ts";
import { html } from "../../src/report/html.ts";
import { spread } from "../../src/report/line_chart.ts";
import { DARK, LIGHT, layerColours } from "../../src/report/palette.ts";
import { greyPictures } from "../../src/report/pictures.ts";
import { type Point, thinned } from "../../src/report/series.ts";
import { histogramOf } from "../../src/report/weights.ts";
import { duration, number, share, shortened } from "../../src/report/words.ts";
import { fc } from "../support/fast_check.ts";

describe("thinned points", () => {
  it("are some of the points in their order, with the ends, the smallest and the largest", () => {
    const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(values, fc.integer({ min: 6, max: 80 }), (all, most) => {
        const points = all.map((value, i): Point => [i + 1, value]);
        const kept = thinned(points, most);
        expect(kept.length).toBeLessThanOrEqual(Math.max(most, 1));
        const epochs = kept.map(([epoch]) => epoch);
        expect(epochs).toEqual([...new Set(epochs)].sort((a, b) => a - b));
        for (const [epoch, value] of kept) expect(value).toBe(all[epoch - 1]);
        expect([epochs[0], epochs[epochs.length - 1]]).toEqual([1, all.length]);
        const kepts = kept.map(([, value]) => value);
        expect([Math.min(...kepts), Math.max(...kepts)]).toEqual([Math.min(...all), Math.max(...all)]);
      }),
    );
  });
});

describe("axes", () => {
  it("have round ticks around the values", () => {
    const numbers = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(numbers, numbers, fc.integer({ min: 2, max: 8 }), (a, b, wanted) => {
        const [least, most] = [Math.min(a, b), Math.max(a, b)];
        const ticks = roundTicks(least, most, wanted);
        const slack = 1e-6 * (Math.abs(least) + Math.abs(most)) + 1e-280;
        expect(ticks[0]).toBeLessThanOrEqual(least + slack);
        expect(ticks[ticks.length - 1]).toBeGreaterThanOrEqual(most - slack);
        expect(ticks.length).toBeGreaterThanOrEqual(2);
        expect(ticks.length).toBeLessThanOrEqual(wanted + 3);
      }),
    );
    expect(roundTicks(0, 0.6, 4)).toEqual([0, 0.2, 0.4, 0.6]);
  });

  it("of logarithms hold whatever float64 does", () => {
    const numbers = fc.double({ min: Number.MIN_VALUE, max: Number.MAX_VALUE, noNaN: true });
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        const { domain, ticks, place } = logarithmicAxis(Math.min(a, b), Math.max(a, b));
        for (const value of [a, b]) {
          expect(place(value)).toBeGreaterThanOrEqual(domain[0] - 1e-6);
          expect(place(value)).toBeLessThanOrEqual(domain[1] + 1e-6);
        }
        expect(ticks.length).toBeLessThanOrEqual(8);
        expect(ticks.length).toBeGreaterThanOrEqual(2);
      }),
    );
    expect(logarithmicAxis(1e-9, 1).ticks.map(({ text }) => text)).toEqual(["10⁻⁹", "10⁻⁷", "10⁻⁵", "0.001", "0.1"]);
  });

  it("of epochs begin with the first and end with the last", () => {
    expect(epochTicks(1, 14, 8)).toEqual([1, 4, 6, 8, 10, 12, 14]);
    expect(epochTicks(7, 7, 8)).toEqual([7]);
    expect(epochTicks(1, 5000, 5)).toEqual([1, 1000, 2000, 3000, 4000, 5000]);
  });
});

it("names are moved apart in their order, within the frame", () => {
  const places = fc.array(fc.double({ min: 0, max: 200, noNaN: true }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(places, (wanted) => {
      const moved = spread(wanted, 14, 0, 200);
      const sorted = [...moved].sort((a, b) => a - b);
      for (let i = 1; i < sorted.length; i++) expect(sorted[i] - sorted[i - 1]).toBeGreaterThan(13.99);
      for (const place of moved) expect(place).toBeGreaterThanOrEqual(-1e-9);
      for (const place of moved) expect(place).toBeLessThanOrEqual(200 + 1e-9);
    }),
  );
});

it("a histogram has every weight and no bias", () => {
  const weights = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(weights, (given) => {
      const data = Float64Array.from(given.flatMap((weight) => [weight, 1e6]));
      const { bars, mean, left } = histogramOf({ rows: given.length, columns: 2, data });
      expect(bars.reduce((sum, { count }) => sum + count, 0)).toBe(given.length);
      expect(left).toBe(0);
      expect(mean).toBeCloseTo(given.reduce((sum, weight) => sum + weight, 0) / given.length, 6);
    }),
  );
  for (const weight of [0, 5e-324, 3, -1e300]) {
    const { bars } = histogramOf({ rows: 2, columns: 2, data: Float64Array.of(weight, 7, weight, 7) });
    expect(bars.map(({ count }) => count).filter((count) => count > 0)).toEqual([2]);
    for (const { from, to } of bars) expect(from).toBeLessThan(to);
  }
  const lost = histogramOf({ rows: 1, columns: 3, data: Float64Array.of(Number.NaN, 2, 0) });
  expect([lost.left, lost.mean]).toEqual([1, 2]);
});

it("pictures larger than a report has room for become smaller, square by square", () => {
  const [rows, columns] = [200, 100];
  const input = Float64Array.from({ length: rows * columns }, (_, i) => Math.floor(i / columns / 3));
  const { pictures } = greyPictures([input], { rows, columns });
  const header = Buffer.from(pictures[0].uri.split(",")[1], "base64");
  expect([header.readUInt32BE(16), header.readUInt32BE(20)]).toEqual([34, 67]);
});

describe("words", () => {
  it("are for people", () => {
    expect([0.99996, 1, 0, 1e-9, 0.12345].map((value) => share(value))).toEqual(
      ["99.99", "100.00", "0.00", "0.01", "12.35"].map((text) => `${text}\u00a0%`),
    );
    expect([1.23456e-7, -0.5, Number.NaN].map((value) => number(value))).toEqual(["1.235e−7", "−0.5", "not finite"]);
    expect([0.5, 75, 7300].map(duration)).toEqual(["0.5\u00a0s", "1\u00a0min 15\u00a0s", "2\u00a0h 1\u00a0min"]);
    expect([Number.NaN, Number.POSITIVE_INFINITY].map(duration)).toEqual(["unknown", "unknown"]);
    expect(shortened("😀😀😀", 2)).toBe("😀…");
  });

  it("are escaped in HTML, but for HTML", () => {
    expect(html`<p title="${'"<'}">${["a&b", html`<b>${"<"}</b>`, undefined, 5]}</p>`.text).toBe(
      '<p title="&quot;&lt;">a&amp;b<b>&lt;</b>5</p>',
    );
  });
});

/** WCAG 2.2: the contrast of two colours, 1 to 21. */
function contrast(a: string, b: string): number {
  const luminance = (colour: string) => {
    const [red, green, blue] = [1, 3, 5].map((at) => {
      const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [bright, dim] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (bright + 0.05) / (dim + 0.05);
}

describe.each([
  { name: "light", colours: LIGHT },
  { name: "dark", colours: DARK },
])("the $name palette", ({ name, colours }) => {
  it("has text that can be read wherever it stands", () => {
    const { paper, ink, quiet, training, validation, good, hit, miss, bar, faint } = colours;
    for (const text of [ink, quiet, training, validation, good]) expect(contrast(text, paper)).toBeGreaterThan(4.5);
    for (const ground of [hit, miss, bar, faint]) expect(contrast(ink, ground)).toBeGreaterThan(4.5);
    for (let layers = 1; layers <= 256; layers++) {
      for (const colour of layerColours(layers)[name as "light" | "dark"]) {
        expect(contrast(colour, paper), colour).toBeGreaterThan(4.5);
      }
    }
  });
});
