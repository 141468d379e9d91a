import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Dataset, Network } from "../../src/index.ts";
import { writeFlowers, writeIdxFolder } from "../support/command_data.ts";
import { downhill } from "../support/command_line.ts";
import { temporaryFolder } from "../support/folder.ts";
import { writeTensorFile } from "../support/tensor_file.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const flowers = at("flowers.csv");
const model = at("flowers.json");

beforeAll(async () => {
  writeFlowers(flowers);
  const argv = ["train", flowers, "--target", "species", "--exclude", "id", "--epochs", "5", "--layers", "7"];
  expect((await downhill([...argv, "--validation", "0.2", "--out", model, "--quiet"])).code).toBe(0);
});

async function stdoutOf(...argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await downhill(argv);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

describe("evaluate", () => {
  it("says what the library says", async () => {
    const network = await Network.load(model);
    if (!network.encoding) throw new Error("the network knows no columns");
    const data = await Dataset.csv(flowers, { encoding: network.encoding });
    const expected = await network.evaluate(data, { topK: 2 });
    expect(JSON.parse(await stdoutOf("evaluate", model, flowers, "--json", "--top-k", "2"))).toEqual(
      JSON.parse(JSON.stringify(expected)),
    );
    const text = await stdoutOf("evaluate", model, flowers);
    expect(text).toContain(`accuracy      ${(100 * (expected.accuracy ?? 0)).toFixed(2)} %\n`);
    const [row] = expected.confusionMatrix ?? [];
    const cells = row.map((found) => (found === 0 ? "·" : String(found))).join(" +");
    expect(text).toMatch(new RegExp(`\\ndaisy +${cells}\\n`));
  });

  it("needs to know what a network of another origin predicts", async () => {
    await new Network([5, 3], { seed: 1 }).save(at("plain.json"));
    writeFileSync(at("plain.csv"), "a,b,c,d,e,x,y,z\n1,2,3,4,5,0,1,0\n5,4,3,2,1,1,0,0\n");
    const { code, stderr } = await downhill(["evaluate", at("plain.json"), at("plain.csv")]);
    expect(code).toBe(2);
    expect(stderr).toContain("--target COLUMN names what it predicts");
    const targets = ["x", "y", "z"].flatMap((name) => ["--target", name]);
    expect(await stdoutOf("evaluate", at("plain.json"), at("plain.csv"), ...targets)).toContain("2 samples");
  });

  it("takes either part of an IDX folder", async () => {
    const images = writeIdxFolder(at("idx"));
    await stdoutOf("train", images, "--epochs", "1", "--out", at("idx.json"), "--quiet");
    expect(await stdoutOf("evaluate", at("idx.json"), images)).toContain(", 60 samples");
    expect(await stdoutOf("evaluate", at("idx.json"), images, "--part", "train")).toContain(", 150 samples");
    const { code, stderr } = await downhill(["evaluate", at("idx.json"), flowers, "--target", "species"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^downhill: /);
  });
});

describe("inspect", () => {
  it("tells what a network consists of and how it was trained", async () => {
    const network = await Network.load(model);
    const first = Array.from(network.weights(0).data);
    const mean = first.reduce((sum, value) => sum + value, 0) / first.length;
    const summary = JSON.parse(await stdoutOf("inspect", model, "--json"));
    expect(summary).toMatchObject({
      inputs: 6,
      layers: [
        { inputs: 6, units: 7, activation: "relu", initializer: "heUniform", parameters: 49 },
        { inputs: 7, units: 3, activation: "softmax", parameters: 24 },
      ],
      parameterCount: 73,
      loss: "categoricalCrossEntropy",
      classNames: ["daisy", "rose", "tulip"],
      metadata: { training: { epochs: 5, samples: 154 } },
    });
    const { mean: told, standardDeviation, least, largest } = summary.layers[0];
    expect(told).toBeCloseTo(mean, 12);
    expect([least, largest]).toEqual([Math.min(...first), Math.max(...first)]);
    const squares = first.reduce((sum, value) => sum + value * value, 0) / first.length;
    expect(standardDeviation).toBeCloseTo(Math.sqrt(squares - mean ** 2), 9);
    const text = await stdoutOf("inspect", model);
    for (const part of ["6 → 7 → 3, 73 parameters", "colour (category)", "daisy, rose, tulip", "154 samples", "\n5 "]) {
      expect(text).toContain(part);
    }
  });

  it("does not mind what stands in the metadata", async () => {
    const network = new Network([2, 1], { seed: 1 });
    for (const training of [null, 3, [], { history: [] }, { data: "x", evaluation: {}, history: [null] }]) {
      network.metadata = { training };
      await network.save(at("odd.json"));
      expect(await stdoutOf("inspect", at("odd.json"))).not.toContain("trained on");
    }
  });

  it("keeps the history of long trainings short", async () => {
    const argv = ["train", flowers, "--target", "species", "--layers", "none", "--batch-size", "1000", "--quiet"];
    await stdoutOf(...argv, "--epochs", "901", "--out", at("long.json"));
    const { history, epochs } = JSON.parse(await stdoutOf("inspect", at("long.json"), "--json")).metadata.training;
    expect(epochs).toBe(901);
    expect(history.length).toBeLessThanOrEqual(203);
    expect([history[0].epoch, history.at(-1).epoch]).toEqual([1, 901]);
  });
});

describe("diagnose", () => {
  it("tells the layers and what was found, and ends with 0 in any case", async () => {
    const network = await Network.load(model);
    if (!network.encoding) throw new Error("the network knows no columns");
    const data = await Dataset.csv(flowers, { encoding: network.encoding });
    const expected = network.diagnose(data, { learningRate: 0.1, samples: 50 });
    const argv = ["diagnose", model, flowers, "--learning-rate", "0.1", "--samples", "50", "--json"];
    expect(JSON.parse(await stdoutOf(...argv))).toEqual(JSON.parse(JSON.stringify(expected)));
    expect(await stdoutOf("diagnose", model, flowers)).toContain("240 samples went through the network.");
    network.setWeights(0, new Array(7).fill(new Array(7).fill(0)));
    await network.save(at("dead.json"));
    expect(await stdoutOf("diagnose", at("dead.json"), flowers)).toMatch(/\n(equalWeights|deadUnits): layer 0/);
  });
});

describe("convert", () => {
  it("keeps everything that the format holds", async () => {
    const copy = at("copy.json");
    const { code, stdout, stderr } = await downhill(["convert", model, copy]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(stderr).toContain("6 → 7 → 3, 73 parameters");
    expect(readFileSync(copy, "utf8")).toBe(readFileSync(model, "utf8"));
  });

  it.each([".safetensors", ".json"])("goes to %s and back without a loss", async (extension) => {
    const [there, back] = [at(`there${extension}`), at("back.json")];
    for (const [from, to] of [
      [model, there],
      [there, back],
    ]) {
      expect((await downhill(["convert", from, to])).code).toBe(0);
    }
    expect(JSON.parse(readFileSync(back, "utf8"))).toEqual(JSON.parse(readFileSync(model, "utf8")));
    const answers = await stdoutOf("predict", model, flowers, "--probabilities");
    expect(await stdoutOf("predict", there, flowers, "--probabilities")).toBe(answers);
  });

  it("takes from the command line what a file of others does not say", async () => {
    const tensor = (shape: number[], values: number[]) => ({ dtype: "F32" as const, shape, values });
    const bytes = writeTensorFile({
      "0.weight": tensor([1, 2], [1, -2]),
      "0.bias": tensor([1], [0.5]),
      "2.weight": tensor([1, 1], [3]),
      "2.bias": tensor([1], [-1]),
    });
    writeFileSync(at("foreign.safetensors"), bytes);
    const argv = ["--activation", "relu", "--output-activation", "linear", "--loss", "squaredError"];
    const { code } = await downhill(["convert", at("foreign.safetensors"), at("foreign.json"), ...argv]);
    expect(code).toBe(0);
    const network = await Network.load(at("foreign.json"));
    // relu(1 · 2 − 2 · 0.5 + 0.5) · 3 − 1
    expect(Array.from(network.predict([2, 0.5]))).toEqual([3.5]);
  });

  it("replaces no file that is none of its own, unless it is forced to", async () => {
    const mine = at("mine.json");
    writeFileSync(mine, "{}");
    expect((await downhill(["convert", model, mine])).code).toBe(1);
    expect(readFileSync(mine, "utf8")).toBe("{}");
    expect((await downhill(["convert", model, mine, "--force"])).code).toBe(0);
    const { code, stderr } = await downhill(["convert", model, at("model.docx")]);
    expect(code).toBe(1);
    expect(stderr).toContain("expected one that ends with");
    expect(existsSync(at("model.docx"))).toBe(false);
  });
});
