import fc from "fast-check";
import { Dataset, kernels, Network } from "../../src/index.ts";
import type { Chance } from "./chance.ts";
import { detach, resizable } from "./hostile.ts";
import { fail, READ, refusal, type Target, type Trial } from "./target.ts";

const CODES = ["ERR_SHAPE", "ERR_OPTION", "ERR_DATA", "ERR_DIVERGED", "ERR_BUSY", "ERR_FORMAT", "ERR_CHECKPOINT"];

/** The public interface with arguments of any kind: nothing but a DownhillError comes out, and a refused call changes nothing. */
export const api: Target = {
  name: "api",
  inputs: 100_000,
  quick: 3000,
  mostMemory: 768,
  async open(): Promise<Trial> {
    const data = Dataset.from({
      inputs: [
        [0, 1],
        [1, 0],
        [1, 1],
        [0, 0],
      ],
      targets: [[1], [1], [0], [0]],
    });
    const network = new Network([2, 3, 1], { seed: 1 });
    const all = calls(network, data);
    return {
      async run(chance) {
        const { name, run } = drawn(chance, all);
        const before = network.toJSON();
        try {
          await run();
          return READ;
        } catch (error) {
          const code = refusalBy(name, error);
          if (JSON.stringify(network.toJSON()) !== JSON.stringify(before))
            fail(`${name}: a refused call changed the network`);
          return code;
        } finally {
          // What went well may have gone far.
          if (!sizesAreTame(network)) network.setWeights(0, new Network([2, 3, 1], { seed: 1 }).weights(0));
          if (!sizesAreTame(network)) network.setWeights(1, new Network([2, 3, 1], { seed: 1 }).weights(1));
        }
      },
    };
  },
};

function refusalBy(name: string, error: unknown): string {
  try {
    return refusal(error, CODES);
  } catch (unexpected) {
    fail(`${name}: ${(unexpected as Error).message}`, error);
  }
}

/** A value that fast-check draws, by a seed of ours. */
function drawn<T>(chance: Chance, arbitrary: fc.Arbitrary<T>): T {
  return fc.sample(arbitrary, { seed: chance.below(2 ** 31), numRuns: 1 })[0];
}

function sizesAreTame(network: Network): boolean {
  return [0, 1].every((layer) => network.weights(layer).data.every((weight) => Math.abs(weight) < 1e6));
}

const number = fc.oneof(
  fc.double(),
  fc.integer({ min: -3, max: 5 }),
  fc.constantFrom(0, 1, 2, 0.5, 2 ** 27, 2 ** 31, 2 ** 53),
);

/** Arrays whose memory is shared, gone or smaller than it was. */
const array = fc
  .tuple(
    fc.constantFrom(Float32Array, Float64Array, Uint8Array, Int32Array, Uint32Array),
    fc.array(fc.constantFrom(0, 1, 0.5, -1), { maxLength: 8 }),
    fc.constantFrom("plain", "plain", "plain", "detached", "resized", "shared"),
  )
  .map(([Type, values, state]) => {
    const typed = new Type(values);
    if (state === "detached") detach(typed.buffer);
    if (state === "shared") return Reflect.construct(Type, [new SharedArrayBuffer(typed.byteLength)]) as Float32Array;
    if (state !== "resized") return typed;
    const buffer = resizable(typed.byteLength);
    const view = new Type(buffer);
    buffer.resize(Math.floor(typed.byteLength / 2));
    return view;
  });

const junk: fc.Arbitrary<never> = fc.oneof(
  { weight: 3, arbitrary: number },
  { weight: 3, arbitrary: array },
  fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withTypedArray: true,
    withSparseArray: true,
    withNullPrototype: true,
  }),
  fc.constantFrom(
    undefined,
    null,
    "",
    "adam",
    "sigmoid",
    "auto",
    Symbol("s"),
    1n,
    () => 1,
    new Proxy([1, 2], {}),
    new DataView(new ArrayBuffer(8)),
  ),
  fc.array(number, { maxLength: 4 }),
  fc.array(fc.array(number, { maxLength: 3 }), { maxLength: 4 }),
) as fc.Arbitrary<never>;

/** Mostly what is expected, else anything. */
const mostly = (good: fc.Arbitrary<unknown>, weight = 6) =>
  fc.oneof({ weight, arbitrary: good }, { weight: 1, arbitrary: junk }) as fc.Arbitrary<never>;

/** Some of the fields of a record, some of them anything. */
function record(fields: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<never> {
  const known = Object.fromEntries(Object.entries(fields).map(([name, good]) => [name, mostly(good, 20)]));
  return fc.oneof(
    { weight: 9, arbitrary: fc.record(known, { requiredKeys: [] }) },
    { weight: 1, arbitrary: junk },
    { weight: 1, arbitrary: fc.dictionary(fc.constantFrom("__proto__", "epochs", "constructor", "x"), junk) },
  ) as fc.Arbitrary<never>;
}

const vector = mostly(fc.array(number, { minLength: 2, maxLength: 2 }));
const target = mostly(fc.array(number, { minLength: 1, maxLength: 1 }));
const rows = mostly(
  fc.oneof(
    fc.array(vector, { minLength: 1, maxLength: 4 }),
    record({ rows: number, columns: number, data: array }),
    array,
  ),
);
const matrix = record({ rows: number, columns: number, data: array });

const networkOptions = record({
  activation: fc.constantFrom("relu", "tanh", "linear", "softmax"),
  outputActivation: fc.constantFrom("softmax", "sigmoid", "linear"),
  loss: fc.constantFrom("squaredError", "binaryCrossEntropy", "categoricalCrossEntropy"),
  initializer: fc.constantFrom("heNormal", "zeros"),
  seed: fc.nat(),
  dtype: fc.constantFrom("float32", "float64"),
  arithmetic: fc.constantFrom("fast", "reproducible"),
  threads: fc.constantFrom(1, 2),
});

const layers = mostly(
  fc.array(
    mostly(
      fc.oneof(
        fc.integer({ min: 1, max: 5 }),
        record({
          units: fc.integer({ min: -1, max: 9 }),
          activation: fc.constant("relu"),
          initializer: fc.constant("zeros"),
        }),
      ),
    ),
    { maxLength: 4 },
  ),
);

const source = record({
  inputs: rows,
  targets: rows,
  labels: fc.array(fc.nat(3), { maxLength: 4 }),
  classes: number,
  size: number,
  inputScale: number,
  weights: fc.array(number, { maxLength: 4 }),
});

/** Options that a training of four samples is soon done with. */
const fitOptions = (data: Dataset): fc.Arbitrary<never> =>
  fc
    .tuple(
      fc.constantFrom(1, 2, 0, -1, 1.5, "1", null),
      record({
        batchSize: number,
        learningRate: fc.oneof(
          number,
          record({ type: fc.constantFrom("cosine", "step", "plateau"), learningRate: number, everyEpochs: number }),
        ),
        optimizer: fc.oneof(
          fc.constantFrom("sgd", "adam", "rmsprop"),
          record({ type: fc.constantFrom("sgd", "adam"), momentum: number, beta1: number }),
        ),
        weightDecay: number,
        clipGradientNorm: number,
        dropout: fc.oneof(number, fc.array(number, { maxLength: 2 })),
        classWeights: fc.oneof(fc.constant("balanced"), fc.array(number, { maxLength: 3 })),
        shuffle: fc.boolean(),
        seed: number,
        threads: fc.constantFrom(1, 2),
        validation: fc.constantFrom(0.5, data),
        earlyStopping: record({
          patience: number,
          monitor: fc.constantFrom("loss", "accuracy"),
          restoreBest: fc.boolean(),
        }),
        statistics: fc.boolean(),
        resumeFrom: fc.constant("/nowhere"),
        onEpoch: fc.constant(() => {}),
      }),
    )
    .map(
      ([epochs, options]) =>
        (typeof options === "object" && options !== null ? { ...(options as object), epochs } : options) as never,
    );

/** A call of the library: what it calls, with arguments of which most are expected. */
interface Call {
  readonly name: string;
  readonly run: () => unknown;
}

/** @param given - an arbitrary for each argument */
function call(name: string, given: readonly fc.Arbitrary<never>[], run: (...given: never[]) => unknown) {
  return fc.tuple(...given).map((drawn): Call => ({ name, run: () => run(...drawn) }));
}

function calls(network: Network, data: Dataset): fc.Arbitrary<Call> {
  const dataset = mostly(fc.constant(data));
  const rate = record({ learningRate: number });
  const place = record({ target: fc.constant("y"), delimiter: fc.constant(","), limit: number });
  return fc.oneof(
    call("new Network", [layers, networkOptions], (...given) => new Network(...(given as [never]))),
    call("predict", [vector], (input) => network.predict(input)),
    call("predictBatch", [rows], (inputs) => network.predictBatch(inputs)),
    call("predictBatchAsync", [rows, record({ signal: junk })], (inputs, options) =>
      network.predictBatchAsync(inputs, options),
    ),
    call("train", [vector, target, rate], (input, wanted, options) => network.train(input, wanted, options)),
    call("gradients", [vector, target], (input, wanted) => network.gradients(input, wanted)),
    call("checkGradients", [vector, target, record({ epsilon: number })], (input, wanted, options) =>
      network.checkGradients(input, wanted, options),
    ),
    call("setWeights", [mostly(fc.constantFrom(0, 1)), matrix], (layer, weights) => network.setWeights(layer, weights)),
    call("weights", [junk], (layer) => network.weights(layer)),
    call("clone", [record({ backend: fc.constantFrom("typescript", "native") })], (options) => network.clone(options)),
    call("evaluate", [dataset, record({ topK: number })], (given, options) => network.evaluate(given, options)),
    call("diagnose", [dataset, rate], (given, options) => network.diagnose(given, options)),
    call("Dataset.from", [source], (given) => Dataset.from(given)),
    call("Dataset.csv", [mostly(fc.constant("/")), place], (path, options) => Dataset.csv(path, options)),
    call("Dataset.idx", [mostly(fc.constant("/")), junk], (images, labels) => Dataset.idx(images, labels)),
    call("take", [junk, junk], (count, from) => data.take(count, from)),
    call("split", [junk, record({ seed: number, stratify: fc.boolean() })], (share, options) =>
      data.split(share, options),
    ),
    call("normalize", [junk], (how) => data.normalize(how)),
    call("sample", [junk], (index) => data.sample(index)),
    ...[0, 1, 2, 3].map(() =>
      call("fit", [dataset, fitOptions(data)], (given, options) => network.fit(given, options)),
    ),
    ...[0, 1, 2, 3].map(() => kernelCalls()),
  );
}

/** Calls of the kernels of both backends. */
function kernelCalls(): fc.Arbitrary<Call> {
  const first = mostly(fc.oneof(matrix, array));
  const rest = mostly(fc.oneof(array, number));
  const backends = [kernels.typescript, kernels.native] as readonly (
    | Readonly<Record<string, () => void>>
    | undefined
  )[];
  const entries = backends.flatMap((backend) => Object.entries(backend ?? {}));
  return fc.oneof(...entries.map(([name, kernel]) => call(`kernels.${name}`, [first, rest, rest, rest, rest], kernel)));
}
