import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Network } from "../../src/index.ts";
import { expectRejected } from "../support/errors.ts";
import { temporaryFolder } from "../support/folder.ts";

/**
 * The format's own implementation, where there is one: `pip install safetensors numpy`; PYTHON names another interpreter.
 */
const python = process.env.PYTHON ?? "python3";
const run = (program: string, ...words: readonly string[]) =>
  spawnSync(python, ["-c", program, ...words], { encoding: "utf8" });
const found = run("import numpy, safetensors.numpy");
const missing =
  found.status === 0 ? undefined : `${python}: ${found.error?.message ?? found.stderr.trim().split("\n").at(-1)}`;
if (missing) console.log(`safetensors of Python is not compared with: ${missing}`);

const folder = temporaryFolder();

const READ = `
import json, sys
from safetensors import safe_open
with safe_open(sys.argv[1], "numpy") as file:
    tensors = {name: file.get_tensor(name) for name in file.keys()}
    print(json.dumps({"metadata": file.metadata(), "tensors": {
        name: {"dtype": str(t.dtype), "shape": t.shape, "values": [float(v).hex() for v in t.ravel()]}
        for name, t in tensors.items()}}))
`;

const WRITE = `
import sys, numpy, safetensors.numpy
random = numpy.random.default_rng(1)
tensors = {}
for l, (inputs, units) in enumerate([(5, 4), (4, 3)]):
    tensors[f"{2 * l}.weight"] = random.normal(size=(units, inputs)).astype(sys.argv[2])
    tensors[f"{2 * l}.bias"] = random.normal(size=units).astype(sys.argv[2])
safetensors.numpy.save_file(tensors, sys.argv[1])
x = numpy.array([0.5, -1, 2, 0.25, -3])
for l in range(2):
    x = tensors[f"{2 * l}.weight"].astype("float64") @ x + tensors[f"{2 * l}.bias"].astype("float64")
    if l == 0: x = numpy.maximum(x, 0)
print(*x.tolist())
`;

describe.skipIf(missing)(`safetensors of Python${missing ? ` (${missing})` : ""}`, () => {
  it.each(["float32", "float64"] as const)("reads what is written in %s, bit for bit", async (dtype) => {
    const network = new Network([3, 4, 2], { seed: 1, dtype });
    network.setWeights(1, [
      [-0, dtype === "float32" ? 2 ** -149 : Number.MIN_VALUE, 1 / 3, 1, 2],
      [1, 2, 3, 4, 5],
    ]);
    const path = join(folder, "ours.safetensors");
    await network.save(path);
    const { status, stdout, stderr } = run(READ, path);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const { metadata, tensors } = JSON.parse(stdout);
    expect(metadata.format).toBe("pt");
    for (let l = 0; l < 2; l++) {
      const { rows, columns, data } = network.weights(l);
      const read = [tensors[`layers.${l}.weight`], tensors[`layers.${l}.bias`]];
      expect(read.map(({ shape }) => shape)).toEqual([[rows, columns - 1], [rows]]);
      expect(read.map((tensor) => tensor.dtype)).toEqual([dtype, dtype]);
      const [weights, biases] = read.map(({ values }) => values.map(numberOfHex));
      const expected = Array.from({ length: rows }, (_, r) =>
        Array.from(data.subarray(r * columns, (r + 1) * columns)),
      );
      expect(weights).toEqual(expected.flatMap((row) => row.slice(0, -1)));
      expect(biases).toEqual(expected.map((row) => row[columns - 1]));
    }
  });

  it.each(["float16", "float32", "float64"])("writes what is read in %s", async (dtype) => {
    const path = join(folder, "theirs.safetensors");
    const { stdout, stderr } = run(WRITE, path, dtype);
    expect(stderr).toBe("");
    const choices = { activation: "relu", outputActivation: "linear", dtype: "float64" } as const;
    const outputs = (await Network.load(path, choices)).predict([0.5, -1, 2, 0.25, -3]);
    const expected = stdout.trim().split(" ").map(Number);
    for (const [i, value] of expected.entries()) expect(outputs[i]).toBeCloseTo(value, 12);
  });

  it("refuses what is refused here", async () => {
    const path = join(folder, "damaged.safetensors");
    const whole = await new Network([2, 1]).toBytes("safetensors");
    const text = new TextDecoder("latin1").decode(whole);
    const problems = {
      truncated: whole.subarray(0, -1),
      longer: Buffer.concat([whole, Buffer.of(0)]),
      overlapping: Buffer.from(text.replace("[8,12]", "[4, 8]"), "latin1"),
      "of another shape": Buffer.from(text.replace("[1,2]", "[1,3]"), "latin1"),
    };
    for (const [name, bytes] of Object.entries(problems)) {
      expect(bytes, name).not.toEqual(whole);
      writeFileSync(path, bytes);
      expect(run(READ, path).status, name).not.toBe(0);
      await expectRejected(Network.load(path), "ERR_FORMAT");
    }
  });
});

/** Python's notation: 0x1.8p-3 is 1.5 · 2^−3. */
function numberOfHex(text: string): number {
  const [, sign, whole, fraction, exponent] = /^(-?)0x([01])\.([0-9a-f]*)p([+-]\d+)$/.exec(text) ?? [];
  const mantissa = Number.parseInt(whole + fraction, 16) * 2 ** (-4 * fraction.length);
  // In two steps: 2^exponent alone may be 0 where the number is not.
  const half = Math.trunc(Number(exponent) / 2);
  return (sign ? -1 : 1) * mantissa * 2 ** half * 2 ** (Number(exponent) - half);
}
