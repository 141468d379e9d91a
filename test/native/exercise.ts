/**
 * Everything an addon allocates for, many times over, in one process that ends by itself: what is not given back by
 * then has leaked. Run under LeakSanitizer by `npm run test:sanitizers`.
 */
import { Dataset, Network } from "../../src/index.ts";
import { requireAddon } from "../support/native.ts";

const addon = requireAddon();
const ROUNDS = 100;

const refused = (call: () => unknown) => {
  try {
    call();
  } catch {
    return;
  }
  throw new Error("nothing was refused");
};

const inputs = Array.from({ length: 300 }, (_, i) => [i % 7, i % 5, i % 3]);
const data = Dataset.from({ inputs, targets: inputs.map(([a, b]) => [a > b ? 1 : 0]) });

for (let round = 0; round < ROUNDS; round++) {
  const network = new Network([3, 40, 1], { dtype: round % 2 === 0 ? "float32" : "float64" });
  await network.fit(data, { epochs: 2, batchSize: round % 3 === 0 ? 1 : 16, threads: 1 + (round % 3) });
  network.predict(inputs[round]);
  network.train(inputs[round], [1]);
  await network.evaluate(data);

  const controller = new AbortController();
  const aborted = network.fit(data, { epochs: 1000, signal: controller.signal });
  controller.abort();
  await aborted.catch((error: unknown) => {
    if (error !== controller.signal.reason) throw error;
  });

  // Longer than what a kernel keeps on the stack, and arguments that are refused at every stage of reading them.
  const long = new Float32Array(3000);
  addon.kernels.gemv(0, long, 1, 3000, new Float32Array(2999), new Float32Array(1));
  refused(() => addon.kernels.gemv(0, long, 1, 3000, new Float32Array(2998), new Float32Array(1)));
  refused(() => addon.kernels.gemv(99, long, 1, 3000, new Float32Array(2999), new Float32Array(1)));
  refused(() => addon.train(0, { arena: long }));
  refused(() => addon.evaluate(0, {}));
  refused(() => addon.evaluateSync(0, {}));
  refused(() => addon.forward(0, long));
  refused(() => addon.describeLayout(new Float64Array(3)));
}
console.log(`${ROUNDS} rounds`);
