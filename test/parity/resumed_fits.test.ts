import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readCheckpoint } from "../../src/formats/checkpoint_file.ts";
import { Dataset, type DType, type History, type Optimizer, type Schedule, type Values } from "../../src/index.ts";
import { expectSameBits } from "../support/bits.ts";
import { rejectionOf } from "../support/errors.ts";
import { fc } from "../support/fast_check.ts";
import { temporaryFolder } from "../support/folder.ts";
import { untimed } from "../support/histories.ts";
import { expectSameOutcome, type FitOutcome } from "../support/outcomes.ts";
import {
  type Backend,
  base,
  byteData,
  CLASSES,
  commonOutcome,
  customers,
  DTYPES,
  data,
  FEATURES,
  fitWith,
  held,
  inParts,
  labelledData,
  OPTIMIZERS,
  ofTable,
  plateau,
  SAMPLES,
  SCHEDULES,
  someWeights,
  type Training,
  train,
} from "./fits.ts";

const folder = temporaryFolder();
let files = 0;
const newPath = () => join(folder, `${files++}.checkpoint`);

/** Trains on one backend up to the end of an epoch and leaves a checkpoint there, then goes on from it on the other. */
async function resumed(training: Training, dtype: DType, first: Backend, epochs: number): Promise<FitOutcome> {
  const path = newPath();
  const interrupted = await rejectionOf(
    train(training, dtype, first, {
      checkpoint: { path },
      onEpoch: ({ epoch }) => {
        if (epoch === epochs) throw "interrupted";
      },
    }),
  );
  // One that stops earlier leaves its checkpoint all the same.
  expect([undefined, "interrupted"]).toContain(interrupted);
  return train(training, dtype, first === "native" ? "typescript" : "native", { resumeFrom: path });
}

async function expectResumable(training: Training, dtype: DType, epochs: number, expected: FitOutcome): Promise<void> {
  expectSameOutcome(await resumed(training, dtype, "native", epochs), expected);
  expectSameOutcome(await resumed(training, dtype, "typescript", epochs), expected);
}

/** All that a checkpoint can hold. */
const everything: Training = {
  ...base,
  ...ofTable(customers.normalize(), {
    epochs: 9,
    optimizer: "adam",
    learningRate: plateau(0.02),
    weightDecay: 0.01,
    clipGradientNorm: 1,
    dropout: 0.2,
    classWeights: "balanced",
    validation: 0.25,
    earlyStopping: { patience: 8, minDelta: 0.05 },
    statistics: true,
  }),
};

describe.each(DTYPES)("checkpoints, %s", (dtype) => {
  it.each(Object.entries(OPTIMIZERS))("of %s go on on the other backend", async (_, optimizer) => {
    const training = { ...everything, fit: { ...everything.fit, optimizer } };
    await expectResumable(training, dtype, 4, await commonOutcome(training, dtype));
  });

  it("of data in parts, and of rates for each step, go on on the other backend", async () => {
    const parts = {
      ...base,
      data: inParts(data, 25),
      ...fitWith({ optimizer: "rmsprop", dropout: 0.3 }),
    };
    await expectResumable(parts, dtype, 2, await commonOutcome(parts, dtype));
    const cosine = { ...base, ...fitWith({ learningRate: SCHEDULES.cosine }) };
    await expectResumable(cosine, dtype, 2, await commonOutcome(cosine, dtype));
  });

  it("are the same files but for times, whichever backend writes them", async () => {
    const paths = { typescript: newPath(), native: newPath() };
    for (const backend of ["typescript", "native"] as const) {
      await train(everything, dtype, backend, { checkpoint: { path: paths[backend], everyEpochs: 5 } });
    }
    const [expected, actual] = await Promise.all([readCheckpoint(paths.typescript), readCheckpoint(paths.native)]);
    const textOf = (header: object) => JSON.stringify(untimed(header as History));
    expect(textOf(actual.header)).toBe(textOf(expected.header));
    for (const { arrays } of [actual, expected]) {
      expect(Object.keys(arrays).sort()).toEqual(["best", "optimizerPowers", "optimizerState", "parameters"]);
    }
    for (const [name, values] of Object.entries(expected.arrays)) {
      expectSameBits(actual.arrays[name] as Values, values as Values, name);
    }
  });
});

const optimizers = fc.constantFrom<Optimizer>("sgd", ...Object.values(OPTIMIZERS));
const schedules = fc.constantFrom<number | Schedule>(0.02, ...Object.values(SCHEDULES));
const share = fc.constantFrom(0, 0.2, 0.6);
const DATA = {
  labels: data,
  bytes: byteData(),
  weighted: labelledData(SAMPLES, someWeights(SAMPLES)),
  table: customers.normalize(),
  parts: inParts(data, 22),
};

/** Options that may be left out, of which half the trainings do. */
const choices = fc.record(
  {
    weightDecay: fc.constant(0.02),
    clipGradientNorm: fc.constantFrom(0.1, 1),
    classWeights: fc.constant([1, 0.5, 2]),
    shuffle: fc.boolean(),
    seed: fc.nat(),
    threads: fc.integer({ min: 1, max: 3 }),
    statistics: fc.boolean(),
    earlyStopping: fc.record({ patience: fc.integer({ min: 1, max: 3 }), minDelta: fc.constantFrom(0, 0.05) }),
  },
  { requiredKeys: [] },
);

function isPerStep(rate: number | Schedule): boolean {
  if (typeof rate === "function") return rate.length > 1;
  return typeof rate === "object" && (rate.type === "cosine" || rate.type === "oneCycle");
}

/** The validation data of a training, or what says where it comes from. */
function validationFor(kind: "none" | "share" | "set", source: Training["data"]): Dataset | number | undefined {
  if (kind === "set") return source === DATA.table ? customers.take(20) : held;
  return kind === "share" && source instanceof Dataset ? 0.3 : undefined;
}

describe("any training", () => {
  it("has the same bits on both backends, and when it goes on on the other", async () => {
    let stopped = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          dtype: fc.constantFrom(...DTYPES),
          given: fc.constantFrom(...(Object.keys(DATA) as (keyof typeof DATA)[])),
          hidden: fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 3 }),
          activation: fc.constantFrom("sigmoid", "tanh", "relu", "leakyRelu"),
          batchSize: fc.constantFrom(1, 5, 16, 100),
          epochs: fc.integer({ min: 2, max: 6 }),
          interruption: fc.integer({ min: 1, max: 5 }),
          optimizer: optimizers,
          learningRate: schedules,
          shares: fc.option(fc.tuple(share, share, share)),
          validation: fc.constantFrom("none" as const, "share" as const, "set" as const),
          choices,
        }),
        async ({ dtype, given, hidden, activation, shares, validation, interruption, choices, ...fit }) => {
          const source = DATA[given];
          const layers = [source instanceof Dataset ? source.inputSize : FEATURES, ...hidden, CLASSES];
          const training: Training = {
            data: source,
            layers,
            network: { ...base.network, activation },
            fit: {
              ...fit,
              ...choices,
              // Data in parts has no rate for each step.
              learningRate: source instanceof Dataset || !isPerStep(fit.learningRate) ? fit.learningRate : 0.02,
              ...(shares && { dropout: shares.slice(0, hidden.length) }),
              validation: validationFor(validation, source),
            },
          };
          const outcome = await commonOutcome(training, dtype);
          if (outcome.history.stopped) stopped++;
          await expectResumable(training, dtype, Math.min(interruption, fit.epochs), outcome);
        },
      ),
      { numRuns: 30, seed: 5 },
    );
    // Else the property says nothing of trainings that stop early.
    expect(stopped).toBeGreaterThan(0);
  });
});
