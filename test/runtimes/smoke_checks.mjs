// The checks of the smoke program, in their order. Each gets the package, what to import it by, the backend that is asked
// for, and the result, into which it writes what else there is to know. It passes, throws, or throws that it is skipped.
import { strict as assert } from "node:assert";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { gzipSync } from "node:zlib";
import { digestOf, ENDLESS, TRAININGS, trainAll, weightBytes } from "./smoke_trainings.mjs";

/** A check that cannot be made here; the message says why. */
export class SkippedCheck extends Error {}

export const CHECKS = {
  load({ downhill, wanted, result }) {
    const { backend, isa, reason, attempts } = downhill.backendInfo();
    Object.assign(result, { backend, isa });
    if (wanted === "auto") return;
    const tried = attempts.map(({ path, error }) => `${path}: ${error}`).join("; ");
    assert.equal(backend, wanted, `${reason}; ${tried}`);
  },

  async "train online"({ downhill }) {
    for (const dtype of ["float32", "float64"]) {
      const { network, data, options } = TRAININGS.xor(downhill, { dtype });
      const { epochs } = await network.fit(data, options);
      assert.equal(epochs.length, options.epochs);
      assert.equal((await network.evaluate(data)).accuracy, 1);
      const before = epochs.at(-1).loss;
      for (let i = 0; i < 200; i++) network.train([0, 1], [1], { learningRate: 0.1 });
      assert.ok(network.train([0, 1], [1]) < before);
    }
  },

  async "train in mini-batches"({ downhill }) {
    for (const dtype of ["float32", "float64"]) {
      const { network, data, options } = TRAININGS.batches(downhill, { dtype });
      await network.fit(data, options);
      const { accuracy } = await network.evaluate(data);
      assert.ok(accuracy > 0.95, `accuracy is ${accuracy}`);
    }
  },

  async predict({ downhill }) {
    for (const dtype of ["float32", "float64"]) {
      const { network } = TRAININGS.batches(downhill, { dtype });
      const inputs = Array.from({ length: 150 }, (_, s) =>
        Float64Array.from({ length: 256 }, (_, i) => ((s + i) % 7) / 7),
      );
      const { data, columns } = network.predictBatch(inputs);
      inputs.forEach((input, s) => {
        assert.deepEqual(network.predict(input), data.slice(s * columns, (s + 1) * columns));
      });
      assert.deepEqual((await network.predictBatchAsync(inputs)).data, data);
    }
  },

  async "save and load"({ downhill }) {
    const { network, data, options } = TRAININGS.xor(downhill);
    await network.fit(data, options);
    const again = downhill.Network.fromJSON(JSON.parse(JSON.stringify(network)));
    assert.deepEqual(again.predict([0, 1]), network.predict([0, 1]));
  },

  async "read a CSV file"({ downhill }) {
    await inFolder(async (folder) => {
      const path = join(folder, "rows.csv.gz");
      writeFileSync(path, gzipSync("size,colour,kind\n1,red,a\n2,blue,b\n3,red,a\n"));
      const data = await downhill.Dataset.csv(path, { target: "kind" });
      assert.deepEqual([data.size, data.inputSize, data.classes], [3, 3, 2]);
    });
  },

  async "resume from a checkpoint"({ downhill }) {
    await inFolder(async (folder) => {
      const path = join(folder, "training.checkpoint");
      const training = () => {
        const { network, data, options } = TRAININGS.batches(downhill);
        return { network, data, options: { ...options, learningRate: 0.003 } };
      };
      const [through, cut, resumed] = [training(), training(), training()];
      await through.network.fit(through.data, through.options);
      await cut.network.fit(cut.data, { ...cut.options, epochs: 2, checkpoint: { path } });
      // A file that is there is replaced, and read while it is.
      await resumed.network.fit(resumed.data, { ...resumed.options, resumeFrom: path, checkpoint: { path } });
      assertSameBits(weightBytes(resumed.network), weightBytes(through.network));
    });
  },

  async abort({ downhill }) {
    const { network, data, options } = TRAININGS.online(downhill);
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    const fit = network.fit(data, { ...options, epochs: ENDLESS, onProgress, signal: controller.signal });
    await assert.rejects(fit, (reason) => reason === controller.signal.reason);
    assert.ok(network.predict(new Float32Array(256)).every(Number.isFinite));
  },

  async "errors with a code"({ downhill }) {
    const { network } = TRAININGS.xor(downhill);
    assert.throws(() => network.predict([1, 2, 3]), { name: "DownhillError", code: "ERR_SHAPE" });
    assert.throws(() => network.predict([1, Number.NaN]), { name: "DownhillError", code: "ERR_DATA" });
    const missing = downhill.Dataset.csv("there-is-no-such-file.csv", { target: "kind" });
    await assert.rejects(missing, { name: "DownhillError", code: "ERR_DATA" });
  },

  async "the same bits on both backends"({ downhill, result }) {
    const trained = {};
    for (const backend of result.backend === "native" ? ["native", "typescript"] : ["typescript"]) {
      const fast = await trainAll(downhill, { arithmetic: "fast", backend });
      trained[backend] = await trainAll(downhill, { arithmetic: "reproducible", backend });
      result.digests[backend] = { fast: digestOf(fast), reproducible: digestOf(trained[backend]) };
    }
    if (!trained.native) throw new SkippedCheck("there is no native backend to compare with");
    trained.native.forEach(({ name, bytes }, i) => {
      assertSameBits(bytes, trained.typescript[i].bytes, name);
    });
  },

  async "train in a worker thread"({ downhill, entry, result }) {
    const { network, data, options } = TRAININGS.online(downhill);
    const worker = startWorker(entry);
    const exit = once(worker, "exit");
    const [[news]] = await Promise.all([once(worker, "message"), network.fit(data, options)]);
    assert.equal(news.backend, result.backend);
    assertSameBits(Buffer.from(news.weights), weightBytes(network));
    assert.equal((await exit)[0], 0);
  },

  async "terminate a worker that trains"({ downhill, entry }) {
    const { network, data, options } = TRAININGS.online(downhill);
    const again = network.clone();
    for (let round = 0; round < 5; round++) {
      const worker = startWorker(entry, { isEndless: true });
      await once(worker, "message");
      await worker.terminate();
    }
    await network.fit(data, options);
    await again.fit(data, options);
    assertSameBits(weightBytes(again), weightBytes(network));
  },
};

function startWorker(entry, order) {
  return new Worker(new URL("./smoke_worker.mjs", import.meta.url), { workerData: { entry, ...order } });
}

function assertSameBits(actual, expected, what = "weights") {
  assert.equal(actual.length, expected.length, what);
  const place = actual.findIndex((byte, i) => byte !== expected[i]);
  assert.ok(place < 0, `${what}: byte ${place} of ${expected.length} differs`);
}

async function inFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), "downhill-smoke-"));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
