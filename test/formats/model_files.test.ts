import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Dataset, Network } from "../../src/index.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "downhill-model-"));
});
afterEach(() => rm(folder, { recursive: true }));

const CSV = "age,colour,bought\n20,red,no\n30,blue,yes\n40,red,yes\n25,blue,no\n";

async function csvNetwork(): Promise<{ network: Network; data: Dataset }> {
  const path = join(folder, "data.csv");
  await writeFile(path, CSV);
  const data = (await Dataset.csv(path, { target: "bought", classes: ["no", "yes"] })).normalize();
  const network = new Network([data.inputSize, 4, data.targetSize], { seed: 1 });
  await network.fit(data, { epochs: 2 });
  return { network, data };
}

describe("what a network knows of its data", () => {
  it("is taken over from the data of a fit", async () => {
    const { network, data } = await csvNetwork();
    expect(network.classNames).toEqual(["no", "yes"]);
    expect(network.encoding).toEqual(data.encoding);
    expect(network.normalization).toEqual(data.normalization);
    expect(network.clone().encoding).toEqual(data.encoding);
  });

  it("is gone where other data has nothing to say about it", async () => {
    const { network, data } = await csvNetwork();
    const { offset, scale } = data.normalization ?? expect.fail("is normalized");
    const inputs = [[20, 1, 0]];
    const plain = Dataset.from({ inputs, targets: [Array(data.targetSize).fill(0)] }).normalize({ offset, scale });
    await network.fit(plain, { epochs: 1 });
    expect([network.classNames, network.encoding]).toEqual([undefined, undefined]);
  });

  it("is taken over from the parts of data in parts", async () => {
    const { data } = await csvNetwork();
    const network = new Network([data.inputSize, data.targetSize]);
    async function* parts() {
      yield data;
    }
    await network.fit({ [Symbol.asyncIterator]: parts }, { epochs: 2 });
    expect(network.classNames).toEqual(["no", "yes"]);
  });

  it("is there again after a resumed training that had nothing left to do", async () => {
    const { data } = await csvNetwork();
    const checkpoint = { path: join(folder, "checkpoint") };
    const options = { seed: 1 } as const;
    await new Network([data.inputSize, data.targetSize], options).fit(data, { epochs: 2, checkpoint });
    const network = new Network([data.inputSize, data.targetSize], options);
    await network.fit(data, { epochs: 2, resumeFrom: checkpoint.path });
    expect(network.classNames).toEqual(["no", "yes"]);
    expect(network.normalization).toEqual(data.normalization);
    // Nobody reads a part here.
    const ofParts = new Network([data.inputSize, data.targetSize], options);
    const parts = { path: join(folder, "parts") };
    const source = {
      async *[Symbol.asyncIterator]() {
        yield data;
      },
    };
    await new Network([data.inputSize, data.targetSize], options).fit(source, { epochs: 2, checkpoint: parts });
    await ofParts.fit(source, { epochs: 2, resumeFrom: parts.path });
    expect([ofParts.classNames, ofParts.encoding]).toEqual([["no", "yes"], data.encoding]);
  });
});

describe("metadata", () => {
  it("is empty at first, and a copy of what was put there", () => {
    const network = new Network([2, 1]);
    expect(network.metadata).toEqual({});
    const given = { name: "a", nested: { list: [1, 2] } };
    network.metadata = given;
    given.nested.list.push(3);
    expect(network.metadata).toEqual({ name: "a", nested: { list: [1, 2] } });
    expect(network.clone().metadata).toEqual(network.metadata);
  });

  it("can only be what JSON can hold", () => {
    const network = new Network([2, 1]);
    const circle: Record<string, unknown> = {};
    circle.circle = circle;
    const nested = [{ a: [Number.NaN] }, { map: new Map() }, { call: () => 1 }, { sign: Symbol("s") }];
    for (const wrong of [null, [], "text", 1n, () => 1, circle, { big: 1n }, ...nested]) {
      expect(() => {
        network.metadata = wrong as never;
      }).toThrow(expect.objectContaining({ code: "ERR_OPTION" }));
    }
    expect(network.metadata).toEqual({});
  });
});

describe("a saved network", () => {
  it("is read from its file with everything, bit for bit", async () => {
    const { network } = await csvNetwork();
    network.metadata = { name: "customers" };
    const path = join(folder, "model.json");
    await network.save(path);
    const restored = await Network.load(path);
    expect(restored.toJSON()).toEqual(network.toJSON());
    expect(restored.predict([20, 1, 0])).toEqual(network.predict([20, 1, 0]));
    expect(await readdir(folder)).toEqual(["data.csv", "model.json"]);
  });

  it("is the same as bytes", async () => {
    const { network } = await csvNetwork();
    const bytes = await network.toBytes("json");
    const path = join(folder, "model.JSON");
    await network.save(path);
    expect(Buffer.from(bytes)).toEqual(await readFile(path));
    expect((await Network.load(bytes, { format: "json" })).toJSON()).toEqual(network.toJSON());
  });

  it("runs where it is told to", async () => {
    const network = new Network([2, 1]);
    const bytes = await network.toBytes("json");
    expect((await Network.load(bytes, { format: "json", backend: "typescript" })).backend).toBe("typescript");
    expect(Network.fromJSON(network.toJSON(), { backend: "typescript" }).backend).toBe("typescript");
  });

  it("goes where its path led when it was called", async () => {
    const before = process.cwd();
    try {
      process.chdir(folder);
      const saved = new Network([2, 1], { seed: 9 }).save("here.json");
      process.chdir(before);
      await saved;
      process.chdir(folder);
      const loaded = Network.load("here.json");
      process.chdir(before);
      expect((await loaded).seed).toBe(9);
    } finally {
      process.chdir(before);
    }
  });

  it("leaves the file alone that it cannot replace, and says why", async () => {
    const network = new Network([2, 1]);
    await expect(network.save(folder, { format: "json" })).rejects.toMatchObject({ code: "ERR_FORMAT" });
    const missing = join(folder, "no", "model.json");
    await expect(network.save(missing)).rejects.toMatchObject({ code: "ERR_FORMAT" });
    await expect(Network.load(missing)).rejects.toMatchObject({ code: "ERR_FORMAT" });
  });

  it.each(["{", "[]", '{"format":"downhill"}', "\u0000"])("is refused when it is %j", async (text) => {
    const path = join(folder, "model.json");
    await writeFile(path, text);
    await expect(Network.load(path)).rejects.toMatchObject({ code: "ERR_FORMAT" });
  });

  it.each([
    [{ classNames: ["a"] }, "classNames"],
    [{ classNames: ["a", "a"] }, "classNames"],
    [{ encoding: { columns: [] } }, "encoding"],
    [
      { encoding: { columns: [{ name: "a", type: "number" }], target: { columns: ["b"] }, missingValues: [] } },
      "encoding",
    ],
    [{ metadata: [] }, "metadata"],
  ])("is refused with %j", async (wrong, where) => {
    const saved = { ...new Network([2, 2]).toJSON(), ...wrong };
    const bytes = new TextEncoder().encode(JSON.stringify(saved));
    await expect(Network.load(bytes, { format: "json" })).rejects.toMatchObject({
      code: "ERR_FORMAT",
      message: expect.stringContaining(where),
    });
  });

  it("needs a format that is known", async () => {
    const network = new Network([2, 1]);
    await expect(network.save("model")).rejects.toMatchObject({ code: "ERR_OPTION" });
    await expect(Network.load("model.txt")).rejects.toMatchObject({ code: "ERR_OPTION" });
    await expect(Network.load(new Uint8Array(2))).rejects.toMatchObject({ code: "ERR_OPTION" });
    await expect(network.toBytes("xml" as never)).rejects.toMatchObject({ code: "ERR_OPTION" });
    await expect(network.toBytes(undefined as never)).rejects.toMatchObject({ code: "ERR_OPTION" });
  });

  it("is not saved while a weight is not finite", async () => {
    const network = new Network([1, 1], { outputActivation: "linear" });
    network.setWeights(0, [[1, 1]]);
    network.train([1e10], [-1e10], { learningRate: 1e30 });
    await expect(network.save(join(folder, "model.json"))).rejects.toMatchObject({ code: "ERR_DIVERGED" });
  });
});
