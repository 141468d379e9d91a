import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generateDigits } from "../../src/digits/index.ts";
import { findChromium } from "./chromium.mjs";

const entry = join(resolve(import.meta.dirname, "../.."), "dist/index.js");
const executablePath = findChromium();
const folder = mkdtempSync(join(tmpdir(), "downhill-report-"));
const LONG = "a-name-without-any-place-to-break-it-".repeat(4);

/** Reports of every kind, by the name of their file. */
const REPORTS = {
  async digits({ Dataset, Network }) {
    const { images, labels } = generateDigits(600, 7);
    const data = Dataset.from({ inputs: images, labels, inputScale: 1 / 255, imageShape: { rows: 28, columns: 28 } });
    const network = new Network([784, 24, 10], { seed: 1 });
    const history = await network.fit(data, { epochs: 5, learningRate: 0.1, statistics: true, validation: 0.2 });
    const command = `npx downhill train ${LONG}`;
    return [
      history,
      network,
      await network.evaluate(data),
      { data, title: LONG, command, configuration: { [LONG]: LONG } },
    ];
  },
  async vanishing({ Dataset, Network }) {
    const initializer = { type: "uniform", min: 0, max: 1 };
    const network = new Network([2, 1000, 1000, 2], { initializer, dtype: "float64", seed: 1 });
    const data = Dataset.from({ inputs: [[0.2, 0.3]], targets: [[0.3, 0.67]] });
    const history = await network.fit(data, { epochs: 3, statistics: true });
    return [history, network, await network.evaluate(data), { data }];
  },
  many: (library) => classified(library, 40, 400, 2),
  thousand: (library) => classified(library, 1000, 3000, 1),
  async unknown({ Dataset, Network }) {
    const data = Dataset.from({ inputs: [[0.2, 0.3]], targets: [[0.3, 0.67]] });
    const network = new Network([2, 3, 2], { seed: 1 });
    const history = await network.fit(data, { epochs: 3, statistics: true });
    return [withoutNumbers(history), network, await network.evaluate(data), { data }];
  },
  async regression({ Dataset, Network }) {
    const inputs = Array.from({ length: 300 }, (_, i) => Array.from({ length: 40 }, (_, j) => Math.sin(i * j + j)));
    const data = Dataset.from({ inputs, targets: inputs.map((row) => [1e6 * row[1], row[2], row[3]]) }).normalize();
    const network = new Network([40, 8, 3], { seed: 1, outputActivation: "linear" });
    const history = await network.fit(data, { epochs: 1, learningRate: 1e-15 });
    return [history, network, await network.evaluate(data), { data }];
  },
  bare: async ({ Network }) => [undefined, new Network([1, 1], { seed: 1 }), undefined, {}],
};

/** A network of so many classes of which it has learnt next to nothing. */
async function classified({ Dataset, Network }, classes, samples, epochs) {
  const inputs = Array.from({ length: samples }, (_, i) => [Math.sin(i), Math.cos(i)]);
  const data = Dataset.from({ inputs, labels: inputs.map((_, i) => i % classes) });
  const network = new Network([2, classes], { seed: 1 });
  const history = await network.fit(data, { epochs });
  return [history, network, await network.evaluate(data), { data }];
}

/** A history of the same epochs in which no other number is known. */
function withoutNumbers(value) {
  if (typeof value === "number") return Number.NaN;
  if (ArrayBuffer.isView(value)) return value.map(() => Number.NaN);
  if (Array.isArray(value)) return value.map(withoutNumbers);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, key === "epoch" ? part : withoutNumbers(part)]),
  );
}

let browser;

beforeAll(async () => {
  expect(existsSync(entry), "the built package is tested: npm run build").toBe(true);
  if (!executablePath) return;
  const downhill = await import(pathToFileURL(entry).href);
  for (const [name, make] of Object.entries(REPORTS)) {
    const [history, network, evaluation, options] = await make(downhill);
    await downhill.writeReport(history, network, evaluation, join(folder, `${name}.html`), options);
  }
  browser = await chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 });
});

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

/** Opens a report, and gives the page with what it printed and asked for. */
async function open(name, { width, colorScheme }) {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  const printed = [];
  const requested = [];
  page.on("console", (message) => printed.push(message.text()));
  page.on("pageerror", (error) => printed.push(String(error)));
  page.on("request", (request) => requested.push(request.url()));
  const url = pathToFileURL(join(folder, `${name}.html`)).href;
  await page.goto(url);
  return { page, printed, requested: requested.filter((address) => address !== url && !address.startsWith("data:")) };
}

/** The names of what is to be seen and reaches beyond the page, or out of the plot that it is in. */
function overflowing() {
  const width = document.documentElement.clientWidth;
  const seen = [...document.querySelectorAll("main *")].filter((element) => element.getClientRects().length > 0);
  const beyond = seen.filter((element) => {
    const { left, right } = element.getBoundingClientRect();
    return right > width + 0.5 || left < -0.5;
  });
  const clipped = seen.filter((element) => {
    if (element.tagName !== "text") return false;
    const own = element.getBoundingClientRect();
    const plot = element.closest("svg").getBoundingClientRect();
    return (
      own.width > 0 &&
      (own.left < plot.left - 1 || own.right > plot.right + 1 || own.top < plot.top - 1 || own.bottom > plot.bottom + 1)
    );
  });
  const name = (element) => `${element.tagName} ${element.textContent.slice(0, 40)}`;
  return {
    scrolled: document.documentElement.scrollWidth - width,
    beyond: beyond.map(name),
    clipped: clipped.map(name),
  };
}

describe.skipIf(!executablePath)("a report in a browser", () => {
  const pages = Object.keys(REPORTS).flatMap((name) =>
    [1280, 390, 320].flatMap((width) => ["light", "dark"].map((colorScheme) => ({ name, width, colorScheme }))),
  );

  it.each(pages)(
    "$name fits, at $width pixels, $colorScheme, without errors and requests",
    async ({ name, ...view }) => {
      const { page, printed, requested } = await open(name, view);
      expect(await page.evaluate(overflowing)).toEqual({ scrolled: 0, beyond: [], clipped: [] });
      const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const [red] = background.match(/\d+/g).map(Number);
      expect(red > 200).toBe(view.colorScheme === "light");
      expect({ printed, requested }).toEqual({ printed: [], requested: [] });
      // Each plot is there once, in the size for this page.
      const [wide, narrow] = await page.evaluate(() =>
        [".wide", ".narrow"].map(
          (kind) => [...document.querySelectorAll(kind)].filter((plot) => plot.getClientRects().length > 0).length,
        ),
      );
      expect(view.width > 700 ? narrow : wide).toBe(0);
      await page.close();
    },
  );

  it("no names at the ends of lines stand on each other", async () => {
    const { page } = await open("vanishing", { width: 1280, colorScheme: "light" });
    const overlaps = await page.evaluate(() =>
      [...document.querySelectorAll(".wide svg")].flatMap((svg) => {
        const boxes = [...svg.querySelectorAll(".name text")].map((text) => text.getBoundingClientRect());
        return boxes.filter((a, i) => boxes.some((b, j) => j > i && Math.abs(a.top - b.top) < 12));
      }),
    );
    expect(overlaps).toEqual([]);
    await page.close();
  });

  it.each(Object.keys(REPORTS))("%s is printed on white paper, with nothing cut off", async (name) => {
    const { page } = await open(name, { width: 688, colorScheme: "dark" });
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe("rgb(255, 255, 255)");
    expect(await page.evaluate(overflowing)).toEqual({ scrolled: 0, beyond: [], clipped: [] });
    const pdf = await page.pdf({ format: "A4" });
    expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
    expect(pdf.length).toBeGreaterThan(10_000);
    await page.close();
  });
});
