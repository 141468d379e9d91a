import { parentPort, workerData } from "node:worker_threads";
import { Dataset, Network } from "../../src/index.ts";
import { smoothRows } from "../support/samples.ts";

// A worker thread that trains and predicts until it is ended, or comes to its own end.

/** How a worker ends: terminated from outside, by its own process.exit, or because nothing is left to do. */
export type Ending = "terminate" | "exit" | "return";

/** What it is started with. */
export interface CycleOrder {
  readonly ending: Ending;
  /** Milliseconds from the first chunk to process.exit. */
  readonly moment: number;
  readonly checkpoint: string;
}

/** The code that process.exit is given. */
export const EXIT_CODE = 3;

if (parentPort) {
  const { ending, moment, checkpoint } = workerData as CycleOrder;
  const data = Dataset.from(smoothRows(200, 16, 4));
  const online = new Network([16, 64, 4], { seed: 1 });
  const batches = new Network([16, 300, 300, 4], { seed: 2 });
  const onProgress = () => {
    parentPort?.postMessage("training");
    if (ending === "exit") setTimeout(() => process.exit(EXIT_CODE), moment);
  };
  const epochs = ending === "return" ? 2 : 1_000_000_000;
  const onTypeScript = new Network([16, 8, 4], { seed: 3, backend: "typescript" });
  const fits = [
    online.fit(data, { epochs, onProgress }),
    batches.fit(data, { epochs, batchSize: 100, optimizer: "adam", threads: 3, dropout: 0.1 }),
    onTypeScript.fit(data, { epochs, checkpoint: { path: checkpoint } }),
  ];
  const inputs = new Float32Array(500 * 16).fill(0.1);
  do {
    await Promise.all([batches.predictBatchAsync(inputs), online.evaluate(data)]);
    online.predictBatch(inputs);
  } while (ending !== "return");
  await Promise.all(fits);
}
