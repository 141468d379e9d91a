import { describe, expect, it } from "vitest";
import { Dataset, Network } from "../../src/index.ts";
import { numbersOf, OUTPUT_CHOICES, targetFor, titleOf } from "../support/choices.ts";
import { expectClose } from "../support/closeness.ts";
import { expectRejected, mistyped, rejectionOf } from "../support/errors.ts";
import { allWeights } from "../support/networks.ts";
import { ReferenceNetwork } from "../support/reference.ts";
import { samplesIn, smoothData, smoothRows, xor } from "../support/samples.ts";

/** A network whose outputs are its inputs. */
function identity(size: number): Network {
  const network = new Network([size, size], { outputActivation: "linear" });
  const rows = Array.from({ length: size }, (_, r) => Array.from({ length: size + 1 }, (_, c) => (r === c ? 1 : 0)));
  network.setWeights(0, rows);
  return network;
}

describe("the loss of an evaluation", () => {
  it.each(OUTPUT_CHOICES.map((choice) => [titleOf(choice), choice] as const))(
    "is the mean over the samples of %s",
    async (_, { loss, outputActivation }) => {
      for (const dtype of ["float32", "float64"] as const) {
        const options = { loss, outputActivation, dtype, activation: "tanh", seed: 15 } as const;
        const network = new Network([4, 6, 3], options);
        const inputs = Array.from({ length: 7 }, (_, i) => numbersOf(i, 4).map(Math.fround));
        const targets = inputs.map((_, i) => targetFor(loss, i + 50, 3).map(Math.fround));
        const data = Dataset.from({ inputs, targets });
        const reference = new ReferenceNetwork(network, options);
        const losses = samplesIn(data).map((sample) => reference.lossOf(sample));
        const evaluation = await network.evaluate(data);
        expectClose([evaluation.loss], [losses.reduce((sum, value) => sum + value, 0) / 7], dtype);
        expect(evaluation.samples).toBe(7);
      }
    },
  );

  it("stays finite where the outputs are certain, and wrong", async () => {
    const data = Dataset.from({ inputs: [[1], [1]], targets: [[0], [1]] });
    const certain = (loss: "binaryCrossEntropy" | "squaredError") => {
      const network = new Network([1, 1], { loss });
      network.setWeights(0, [[2000, 0]]);
      return network.evaluate(data);
    };
    // −ln(1 − σ(2000)) is 2000, though 1 − σ(2000) is 0 in any precision here; the other sample has no loss.
    expect((await certain("binaryCrossEntropy")).loss).toBe(1000);
    expect((await certain("squaredError")).loss).toBe(0.5);
    const loss = "categoricalCrossEntropy" as const;
    const softmax = new Network([1, 2], { loss, outputActivation: "softmax" });
    softmax.setWeights(0, [
      [2000, 0],
      [-2000, 0],
    ]);
    expect((await softmax.evaluate(Dataset.from({ inputs: [[1]], labels: [1] }))).loss).toBe(4000);
  });

  it("is the same over many chunks as over few samples", async () => {
    const network = new Network([2, 40], { seed: 3, outputActivation: "tanh" });
    const data = smoothData(10_000, 2, 40);
    const losses = samplesIn(data).map(({ input, target }) => network.clone().train(input, target));
    const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
    const evaluation = await network.evaluate(data);
    expect(evaluation.samples).toBe(10_000);
    // 10,000 additions in double precision.
    expect(Math.abs(evaluation.loss / mean - 1)).toBeLessThan(1e-12);
  });
});

describe("classes in an evaluation", () => {
  it("are counted from labels: [actual][predicted]", async () => {
    const inputs = [
      [9, 1, 1],
      [1, 9, 1],
      [1, 9, 1],
      [1, 1, 9],
      [9, 1, 1],
    ];
    const evaluation = await identity(3).evaluate(Dataset.from({ inputs, labels: [0, 1, 2, 2, 2] }));
    expect(evaluation.accuracy).toBe(3 / 5);
    expect(evaluation.confusionMatrix).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [1, 1, 1],
    ]);
  });

  it("are found in one-hot targets, with the same result", async () => {
    const inputs = [
      [0.9, 0.1],
      [0.2, 0.8],
      [0.7, 0.3],
    ];
    const oneHot = [
      [1, 0],
      [0, 1],
      [0, 1],
    ];
    const fromTargets = await identity(2).evaluate(Dataset.from({ inputs, targets: oneHot }));
    expect(fromTargets).toEqual(await identity(2).evaluate(Dataset.from({ inputs, labels: [0, 1, 1] })));
    expect(fromTargets).toMatchObject({
      accuracy: 2 / 3,
      confusionMatrix: [
        [1, 0],
        [1, 1],
      ],
    });
  });

  it("are two for a single output of 0 or 1, which means 1 from 0.5 on", async () => {
    const data = Dataset.from({ inputs: [[0.5], [0.49], [2], [-3]], targets: [[1], [0], [0], [0]] });
    const evaluation = await identity(1).evaluate(data);
    expect(evaluation).toMatchObject({
      accuracy: 3 / 4,
      confusionMatrix: [
        [2, 1],
        [0, 1],
      ],
    });
  });

  it("have precision, recall and F1, each and on average", async () => {
    const inputs = [
      [9, 1, 1],
      [9, 1, 1],
      [1, 1, 9],
      [1, 1, 9],
      [1, 9, 1],
    ];
    const evaluation = await identity(3).evaluate(Dataset.from({ inputs, labels: [0, 1, 2, 2, 2] }));
    expect(evaluation.perClass).toEqual([
      { precision: 1 / 2, recall: 1, f1: 2 / 3, support: 1 },
      { precision: 0, recall: 0, f1: 0, support: 1 },
      { precision: 1, recall: 2 / 3, f1: 4 / 5, support: 3 },
    ]);
    expect(evaluation.precision).toBeCloseTo(1 / 2, 15);
    expect(evaluation.recall).toBeCloseTo(5 / 9, 15);
    expect(evaluation.f1).toBeCloseTo(22 / 45, 15);
  });

  it("are counted among the k largest outputs when that is asked for", async () => {
    const inputs = [
      [0.5, 0.3, 0.2],
      [0.5, 0.3, 0.2],
      [0.5, 0.3, 0.2],
      [0.2, 0.3, 0.5],
    ];
    const data = Dataset.from({ inputs, labels: [0, 1, 2, 1] });
    const shareOf = async (topK: number) => (await identity(3).evaluate(data, { topK })).topK;
    expect([await shareOf(1), await shareOf(2), await shareOf(3)]).toEqual([1 / 4, 3 / 4, 1]);
    expect(await identity(3).evaluate(data)).not.toHaveProperty("topK");
  });

  it("are the same over many chunks as one by one", async () => {
    // 10 outputs: 13,107 samples a chunk, so there are three.
    const network = new Network([4, 10], { seed: 6, outputActivation: "softmax", loss: "categoricalCrossEntropy" });
    const { inputs } = smoothRows(30_000, 4, 1);
    const labels = inputs.map((_, i) => (i * 7) % 10);
    const evaluation = await network.evaluate(Dataset.from({ inputs, labels, classes: 10 }), { topK: 3 });
    const { data } = network.predictBatch(inputs);
    const ranks = labels.map((label, i) => {
      const row = data.subarray(i * 10, (i + 1) * 10);
      return row.filter((value) => value > row[label]).length;
    });
    expect(evaluation.accuracy).toBe(ranks.filter((rank) => rank === 0).length / 30_000);
    expect(evaluation.topK).toBe(ranks.filter((rank) => rank < 3).length / 30_000);
    expect(evaluation.perClass?.map(({ support }) => support)).toEqual(new Array(10).fill(3000));
  });

  it("give no confusion matrix and no list when they are more than 1,000", async () => {
    const evaluation = await new Network([1, 1001], { seed: 1 }).evaluate(
      Dataset.from({ inputs: [[1]], labels: [1000] }),
    );
    expect(Object.keys(evaluation).toSorted()).toEqual(["accuracy", "f1", "loss", "precision", "recall", "samples"]);
  });

  it("are not there for other targets", async () => {
    const evaluation = await identity(2).evaluate(Dataset.from({ inputs: [[1, 2]], targets: [[0.5, 0.5]] }));
    expect(Object.keys(evaluation).toSorted()).toEqual(["loss", "mae", "r2", "rmse", "samples"]);
  });
});

describe("numbers in an evaluation", () => {
  it("are compared by MAE, RMSE and R²", async () => {
    const inputs = [
      [0, 2],
      [-1, 2],
      [8, -5],
    ];
    const targets = [
      [0.5, 1],
      [-1, 1],
      [7, -6],
    ];
    const { mae, rmse, r2 } = await identity(2).evaluate(Dataset.from({ inputs, targets }));
    expect(mae).toBe(0.75);
    expect(rmse).toBeCloseTo(Math.sqrt(4.25 / 6), 14);
    expect(r2).toBeCloseTo((1 - 1.25 / (217 / 6) + 1 - 3 / (98 / 3)) / 2, 14);
  });

  it("are the same over many chunks as at once", async () => {
    const network = new Network([2, 40], { seed: 3, outputActivation: "tanh", dtype: "float64" });
    const rows = smoothRows(10_000, 2, 40);
    const { loss, mae, rmse, r2 } = await network.evaluate(Dataset.from(rows));
    const { data } = network.predictBatch(rows.inputs);
    const errors = rows.targets.flatMap((row, i) => row.map((t, k) => t - data[i * 40 + k]));
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
    const determined = rows.targets[0].map((_, k) => {
      const column = rows.targets.map((row) => row[k]);
      const mean = sum(column) / 10_000;
      const rest = sum(column.map((_, i) => errors[i * 40 + k] ** 2));
      return 1 - rest / sum(column.map((t) => (t - mean) ** 2));
    });
    // 400,000 additions in double precision, in another order.
    expect(mae).toBeCloseTo(sum(errors.map(Math.abs)) / errors.length, 11);
    expect(rmse).toBeCloseTo(Math.sqrt(sum(errors.map((error) => error ** 2)) / errors.length), 11);
    expect(r2).toBeCloseTo(sum(determined) / 40, 9);
    expect(rmse && rmse ** 2 * 40).toBeCloseTo(loss, 9);
  });
});

describe("evaluate", () => {
  it("changes nothing, and is plain data", async () => {
    const network = new Network([2, 3, 1], { seed: 4 });
    const before = allWeights(network);
    const evaluation = await network.evaluate(xor());
    expect(allWeights(network)).toEqual(before);
    expect(JSON.parse(JSON.stringify(evaluation))).toEqual(evaluation);
  });

  it("uses the weights of the call, over many chunks", async () => {
    const network = new Network([2, 40], { seed: 3 });
    const data = smoothData(10_000, 2, 40);
    const expected = await network.evaluate(data);
    const promise = network.evaluate(data);
    network.train([0, 1], new Float32Array(40), { learningRate: 1 });
    expect(await promise).toEqual(expected);
    expect(await network.evaluate(data)).not.toEqual(expected);
  });

  it("is cancelled by its signal", async () => {
    const reason = new Error("not needed");
    const network = new Network([1, 256], { seed: 3 });
    const data = Dataset.from({
      inputs: new Float32Array(25_600),
      targets: { rows: 25_600, columns: 256, data: new Float32Array(25_600 * 256) },
    });
    expect(await rejectionOf(network.evaluate(data, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    const controller = new AbortController();
    // 512 rows of outputs a chunk: 50 chunks, and the signal comes after the first.
    const promise = network.evaluate(data, { signal: controller.signal });
    setImmediate(() => controller.abort(reason));
    expect(await rejectionOf(promise)).toBe(reason);
  });

  it("refuses data and options that do not fit", async () => {
    const network = new Network([2, 3, 1], { seed: 4 });
    const evaluate = (data: unknown, options?: unknown) =>
      network.evaluate(mistyped<Dataset>(data), mistyped<object>(options));
    await expectRejected(evaluate(smoothData(2, 3, 1)), "ERR_SHAPE", "data.inputSize is 3, expected 2");
    await expectRejected(evaluate(smoothData(2, 2, 2)), "ERR_SHAPE", "data.targetSize is 2, expected 1");
    const tooLarge = Dataset.from({ inputs: [[1, 1e300]], targets: [[1]] });
    await expectRejected(evaluate(tooLarge), "ERR_DATA", "inputs[0][1] is 1e+300, expected a number that float32");
    await expectRejected(evaluate([[1, 2]]), "ERR_DATA", "data is an array of length 1, expected a Dataset");
    await expectRejected(evaluate(undefined), "ERR_DATA", "data is undefined, expected a Dataset");
    await expectRejected(evaluate(xor(), { batchSize: 2 }), "ERR_OPTION", 'options has no option "batchSize"');
    await expectRejected(
      evaluate(xor(), { topK: 3 }),
      "ERR_OPTION",
      "options.topK is 3, expected an integer from 1 to 2",
    );
    await expectRejected(evaluate(xor(), { topK: 0 }), "ERR_OPTION", "options.topK is 0");
    const numbers = smoothData(2, 2, 1);
    await expectRejected(
      evaluate(numbers, { topK: 1 }),
      "ERR_OPTION",
      "options.topK is 1, but the data has no classes",
    );
    await expectRejected(evaluate(xor(), { signal: true }), "ERR_OPTION", "options.signal is true");
  });
});
