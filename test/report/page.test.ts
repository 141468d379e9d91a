import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Dataset, Network } from "../../src/index.ts";
import { temporaryFolder } from "../support/folder.ts";
import { type Element, found, historyOf, readReport } from "./reading.ts";

const HOSTILE = `<script>alert("a")</script>'"&<img src=x onerror=alert(1)>`;

/** One input, which a network of the identity says is of the class it is larger than. */
function thresholds(classes: number, mistakes: readonly number[] = []): { network: Network; data: Dataset } {
  const network = new Network([classes, classes], { outputActivation: "softmax", loss: "categoricalCrossEntropy" });
  const identity = Array.from({ length: classes }, (_, row) =>
    Array.from({ length: classes + 1 }, (_, column) => (column === row ? 4 : 0)),
  );
  network.setWeights(0, identity);
  const inputs = Array.from({ length: classes }, (_, index) => {
    const seen = mistakes.includes(index) ? (index + 1) % classes : index;
    return Array.from({ length: classes }, (_, column) => (column === seen ? 1 : 0));
  });
  return { network, data: Dataset.from({ inputs, labels: Array.from(inputs.keys()), classes }) };
}

const texts = (parent: Element, selector: string) =>
  Array.from(parent.querySelectorAll(selector), ({ textContent }) => textContent.replace(/\s+/g, " ").trim());

describe("a report on classes", () => {
  it("has the counts of the confusion matrix where their classes meet", async () => {
    const { network, data } = thresholds(4, [1]);
    const { document } = await readReport(network, undefined, await network.evaluate(data), { data });
    const svg = found(document, "#confusion .wide svg");
    const place = (element: Element) =>
      /translate\(([\d.]+),([\d.]+)\)/
        .exec(element.getAttribute("transform") ?? "")
        ?.slice(1)
        .map(Number);
    const cells = Array.from(svg.querySelectorAll("g.counts text"), (text) => ({
      at: place(text),
      count: text.textContent,
    }));
    const [columns, rows] = [
      [0, 1],
      [1, 0],
    ].map(([axis]) => [...new Set(cells.map(({ at }) => at?.[axis]))].sort((a, b) => (a ?? 0) - (b ?? 0)));
    const read = cells.map(({ at, count }) => [rows.indexOf(at?.[1]), columns.indexOf(at?.[0]), count]);
    // Nothing was taken for class 1, so it has no column with a number.
    expect(read).toEqual([
      [0, 0, "1"],
      [1, 1, "1"],
      [2, 1, "1"],
      [3, 2, "1"],
    ]);
    expect(found(document, "#confusion").textContent).toContain("Most often 1 was taken for 2");
    expect(texts(document, "#classes tbody tr")).toEqual([
      "0100.0 %100.0 %100.0 %1",
      "10.0 %0.0 %0.0 %1",
      "250.0 %100.0 %66.7 %1",
      "3100.0 %100.0 %100.0 %1",
      "mean of all62.5 %75.0 %66.7 %4",
    ]);
    expect(found(document, ".lede").textContent).toContain("3 of 4 samples right");
    expect(texts(document, "#mistakes tbody tr")).toEqual(["120.9480, 0, 1, 0"]);
  });

  it("of two kinds from a single output tells both", async () => {
    const network = new Network([1, 1], { seed: 1 });
    network.setWeights(0, [[10, -5]]);
    const data = Dataset.from({ inputs: [[0], [1], [0.1]], targets: [[0], [1], [1]] });
    const { document } = await readReport(network, undefined, await network.evaluate(data), { data });
    expect(texts(document, "#confusion .wide g.counts text")).toEqual(["1", "1", "1"]);
    expect(texts(document, "#mistakes tbody tr")).toEqual(["100.9820.1"]);
    expect(document.querySelectorAll("#scatter").length).toBe(0);
  });

  it("of many is a picture with a pixel for each pair", async () => {
    const { network, data } = thresholds(30, [7]);
    const { document } = await readReport(network, undefined, await network.evaluate(data), { data });
    const pixels = pixelsOf(found(document, "#confusion img").getAttribute("src") ?? "");
    expect([pixels.width, pixels.height]).toEqual([30, 30]);
    const opacity = (row: number, column: number) => pixels.bytes[4 * (row * 30 + column) + 3];
    expect([opacity(3, 3), opacity(7, 7), opacity(7, 8), opacity(8, 7)]).toEqual([255, 0, 255, 0]);
    expect(texts(document, "#confusion tbody tr")).toEqual(["781100.0 %"]);
    expect(texts(document, "#classes tbody tr").length).toBe(21);
  });

  it("of a thousand shows the worst, and stays small", async () => {
    const { network, data } = thresholds(1000, [5, 500]);
    const { text, document } = await readReport(network, undefined, await network.evaluate(data), { data });
    expect(document.querySelectorAll("#confusion img").length).toBe(0);
    expect(texts(document, "#classes tbody tr").slice(0, 3)).toEqual([
      "50.0 %0.0 %0.0 %1",
      "5000.0 %0.0 %0.0 %1",
      "650.0 %100.0 %66.7 %1",
    ]);
    expect(texts(document, "#confusion tbody tr")).toEqual(["561100.0 %", "5005011100.0 %"]);
    expect(text.length).toBeLessThan(300_000);
  });
});

/** The pixels of a PNG in a data URI that filters no row. */
function pixelsOf(uri: string): { width: number; height: number; bytes: Uint8Array } {
  const file = Buffer.from(uri.slice("data:image/png;base64,".length), "base64");
  expect(file.subarray(0, 8).toString("hex")).toBe("89504e470d0a1a0a");
  const [width, height] = [file.readUInt32BE(16), file.readUInt32BE(20)];
  const length = file.readUInt32BE(33);
  expect(file.subarray(37, 41).toString()).toBe("IDAT");
  const lines = inflateSync(file.subarray(41, 41 + length));
  const stride = lines.length / height;
  const rows = Array.from({ length: height }, (_, row) => lines.subarray(row * stride + 1, (row + 1) * stride));
  return { width, height, bytes: Buffer.concat(rows) };
}

describe("the worst mistakes", () => {
  it("are pictures where inputs are images, also of normalized data", async () => {
    const network = new Network([6, 2], { outputActivation: "softmax", loss: "categoricalCrossEntropy", seed: 1 });
    // Edges are 0, as where ink is on paper.
    const inputs = Uint8Array.of(0, 0, 0, 0, 255, 0, 0, 51, 0, 0, 0, 102);
    const raw = Dataset.from({ inputs, labels: [0, 1], inputScale: 1 / 255, imageShape: { rows: 2, columns: 3 } });
    const data = raw.normalize({ offset: [0, 0, 0, 0, 0.5, 0], scale: [2, 2, 2, 2, 4, 2] });
    await network.fit(data, { epochs: 1 });
    network.setWeights(0, [
      [0, 0, 0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 1],
    ]);
    const { document } = await readReport(network, undefined, await network.evaluate(data), { data });
    const images = Array.from(document.querySelectorAll("#mistakes img"));
    expect(images.length).toBe(1);
    const { width, height, bytes } = pixelsOf(images[0].getAttribute("src") ?? "");
    expect([width, height]).toEqual([3, 2]);
    const isInk = images[0].getAttribute("class") === "ink";
    expect(Array.from(bytes, (byte) => (isInk ? 255 - byte : byte))).toEqual([0, 0, 0, 0, 255, 0]);
    expect(found(document, "#mistakes li").textContent).toContain("0 as 1");
  });

  it("are inputs under the names of their columns, as they were before they were normalized", async () => {
    const path = join(temporaryFolder(), "data.csv");
    await writeFile(path, "age,colour,bought\n20,red,no\n30,blue,yes\n40,red,yes\n25,<i>,no\n");
    const data = (await Dataset.csv(path, { target: "bought", classes: ["no", "yes"] })).normalize();
    const network = new Network([data.inputSize, 2], { outputActivation: "softmax", loss: "categoricalCrossEntropy" });
    await network.fit(data, { epochs: 1 });
    network.setWeights(0, [
      [0, 0, 0, 0, 1],
      [0, 0, 0, 0, 0],
    ]);
    const { document } = await readReport(network, undefined, await network.evaluate(data), { data });
    expect(texts(document, "#mistakes tbody tr")).toEqual([
      "yesno0.731age 30 colour blue",
      "yesno0.731age 40 colour red",
    ]);
  });

  it("are found in normalized data that a network without normalization takes as it is", async () => {
    const network = new Network([1, 1], { outputActivation: "linear", seed: 1 });
    network.setWeights(0, [[1, 0]]);
    const data = Dataset.from({ inputs: [[10], [30]], targets: [[5], [7]] }).normalize({ offset: [20], scale: [0.1] });
    const { document } = await readReport(network, undefined, await network.evaluate(data), { data });
    // The target, the answer, and the input as it was.
    expect(texts(document, "#mistakes tbody tr")).toEqual(["5−110", "7130"]);
  });

  it("are the answers furthest off where there are no classes, and all answers are drawn", async () => {
    const network = new Network([1, 1], { outputActivation: "linear", seed: 1 });
    network.setWeights(0, [[1, 0]]);
    const targets = [[0.5], [4], [1]];
    const data = Dataset.from({ inputs: [[0], [3.5], [7]], targets });
    const { document } = await readReport(network, undefined, await network.evaluate(data), { data });
    expect(texts(document, "#mistakes tbody tr")[0]).toBe("177");
    expect(document.querySelectorAll("#scatter g.samples circle").length).toBe(3);
    const dots = Array.from(document.querySelectorAll("#scatter circle"), (dot) => Number(dot.getAttribute("cx")));
    expect((dots[2] - dots[0]) / (dots[1] - dots[0])).toBeCloseTo(0.5 / 3.5, 2);
    expect(found(document, ".figures").textContent).toMatch(/R².*RMSE.*MAE/s);
    expect(document.querySelectorAll("#confusion, #classes").length).toBe(0);
  });
});

describe("what is not known", () => {
  it("is left out, or it is said how to get it", async () => {
    const { document, text } = await readReport(new Network([2, 2]));
    expect(document.querySelectorAll("svg").length).toBe(1);
    expect(found(document, "#findings").textContent).toContain("options.data");
    expect(found(document, "#learning").textContent).toContain("There is no history");
    expect(document.querySelectorAll("#gradients, #saturation, #confusion, #mistakes, #scatter").length).toBe(0);
    expect(text).not.toMatch(/NaN|undefined|null|\[object/);
  });

  it("statistics have to be asked for", async () => {
    const { document } = await readReport(
      new Network([2, 2]),
      historyOf(3, () => ({})),
    );
    expect(found(document, "#gradients").textContent).toContain("statistics: true");
    expect(found(document, "#learning").textContent).toContain("Nothing was held out");
  });

  it("an evaluation without data says so, and one of no data is a title and weights", async () => {
    const { network, data } = thresholds(3);
    const { document } = await readReport(
      network,
      historyOf(0, () => ({})),
      await network.evaluate(data),
    );
    expect(found(document, "#mistakes").textContent).toContain("options.data");
    expect(found(document, ".lede").textContent).toBe("It tells 3 of 3 samples right, 100.00\u00a0%.");
  });

  it("layers that have no ends have no saturation", async () => {
    const layers = [0, 1].map(() => ({ gradientNorm: 1, saturation: 0 }));
    const history = historyOf(2, () => ({ statistics: { layers } }));
    const network = new Network([2, 2, 2], { activation: "relu", outputActivation: "linear" });
    expect(found((await readReport(network, history)).document, "#saturation").textContent).toContain("No layer has");
  });

  it("weights that are too large to draw are counted", async () => {
    const network = new Network([2, 2], { dtype: "float64", seed: 1 });
    network.setWeights(0, [
      [1e308, 1e300, 0],
      [-1e300, 2, 0],
    ]);
    const { document, text } = await readReport(network);
    expect(found(document, "#weights").textContent).toContain("1 weight not finite or too large");
    expect(text).not.toMatch(/NaN|Infinity/);
  });
});

describe("what comes from outside", () => {
  const network = new Network([1, 2, 2], { seed: 1 });
  network.metadata = { note: HOSTILE };
  const options = {
    title: HOSTILE,
    command: HOSTILE,
    configuration: { [HOSTILE]: HOSTILE, list: [HOSTILE], nested: { [HOSTILE]: [{ a: HOSTILE }] } },
  };

  it("is text and nothing else", async () => {
    const { document, text } = await readReport(network, undefined, undefined, options);
    expect(document.querySelectorAll("script").length).toBe(0);
    expect(document.querySelectorAll("img").length).toBe(0);
    for (const element of document.querySelectorAll("*")) {
      expect(element.outerHTML.match(/^<[^>]*\son\w+=/)).toBeNull();
    }
    expect(found(document, "h1").textContent).toBe(HOSTILE);
    expect(found(document, "title").textContent).toBe(HOSTILE);
    expect(text).not.toContain("<script");
    expect(text).not.toContain("<img");
    expect(texts(document, "#configuration dt").at(-1)).toContain("nested.<script>");
    expect(text).toContain("default-src &#39;none&#39;");
  });

  it("is text as names of classes and columns as well, in plots and tables", async () => {
    const path = join(temporaryFolder(), "data.csv");
    const quoted = `"${HOSTILE.replaceAll('"', '""')}"`;
    await writeFile(path, `${quoted},"<b>y</b>"\n1,${quoted}\n2,"</text></svg><script>"\n3,${quoted}\n`);
    const data = await Dataset.csv(path, { target: "<b>y</b>", classes: [HOSTILE, "</text></svg><script>"] });
    const guess = new Network([1, 2], { seed: 1 });
    await guess.fit(data, { epochs: 1 });
    guess.setWeights(0, [
      [0, 0],
      [0, 1],
    ]);
    const { document, text } = await readReport(guess, undefined, await guess.evaluate(data), { data });
    expect(text).not.toMatch(/<script|<img|<b>y|onerror=alert\(1\)>[^&]/);
    expect(document.querySelectorAll("script, img").length).toBe(0);
    expect(texts(document, "#classes tbody td")[0]).toBe(HOSTILE.slice(0, 60).trim());
    expect(texts(document, "#mistakes i")[0]).toMatch(/^<script>alert/);
  });

  it("is shortened where it is long, and bounded where it is much", async () => {
    const configuration = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`key${i}`, "x".repeat(2000)]));
    const { text, document } = await readReport(network, undefined, undefined, { configuration });
    expect(text.length).toBeLessThan(200_000);
    expect(found(document, "#configuration").textContent).toContain("There is more");
  });
});

describe("how to do it again", () => {
  it("is a program that makes the same network", async () => {
    const sigmoid = { type: "sigmoid", slope: 0.5, derivative: "unscaled" } as const;
    const network = new Network([2, { units: 3, activation: sigmoid }, 2], { dtype: "float64", seed: 77 });
    const inputs = [
      [0, 1],
      [1, 0],
    ];
    const data = Dataset.from({ inputs, targets: inputs });
    const fit = { epochs: 3, batchSize: 2, optimizer: { type: "sgd", momentum: 0.5 } as const, shuffle: false };
    const history = await network.fit(data, fit);
    const { document } = await readReport(network, history, undefined, { configuration: fit });
    const [program] = texts(document, "#reproduce pre code");
    const body = `${program.replace(/^import .*?;/, "return (async () => {")} return network; })()`;
    const again: Network = await new Function("Network", "data", body)(Network, data);
    expect(again.toJSON()).toEqual(network.toJSON());
  });

  it("is the command alone where there is one, which reads the data too", async () => {
    const { document } = await readReport(new Network([1, 1]), undefined, undefined, { command: "npm run it" });
    expect(texts(document, "#reproduce pre code")).toEqual(["npm run it"]);
  });

  it("tells what it ran on", async () => {
    const { document } = await readReport(new Network([1, 1], { backend: "typescript" }));
    expect(found(document, "#environment").textContent).toContain("typescript");
    expect(found(document, "#environment").textContent).toContain(process.version);
  });
});

describe("findings", () => {
  it("are those of diagnose, at the largest learning rate", async () => {
    const network = new Network([2, 3, 1], { initializer: "zeros", seed: 1 });
    const data = Dataset.from({
      inputs: [
        [1, 0],
        [0, 1],
      ],
      targets: [[0], [1]],
    });
    const { document } = await readReport(
      network,
      historyOf(2, (epoch) => ({ learningRate: 1 / epoch })),
      undefined,
      { data },
    );
    const { findings } = network.diagnose(data, { learningRate: 1 });
    expect(findings.length).toBeGreaterThan(0);
    expect(texts(document, "#findings li")).toEqual(findings.map(({ code, message }) => `${code}${message}`));
  });
});
