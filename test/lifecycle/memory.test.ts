import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { root, runScript } from "../support/child.ts";
import { temporaryFolder } from "../support/folder.ts";
import { isRssQuiet, QUIET_MEMORY } from "../support/memory.ts";

const FITS = 200;

/** The least of the arrays that a fit works on: the parameters of [64, 1200, 4] in float32. */
const LEAST_ARRAY = 400_000;

/**
 * 60 kB a fit; measured: up to 3 MB in all. An array that every fit keeps would come to 80 MB, and the native jobs of
 * every fit, six of 29 kB and more, to 38.
 */
const MOST_RSS = 12_000_000;

/** 5 kB a fit; measured: none. A listener that every fit leaves on its signal takes more. */
const MOST_HEAP = 1_000_000;

const folder = temporaryFolder();

it("the memory of a process does not grow with the number of fits", async () => {
  const script = `
    const { Dataset, Network } = downhill;
    const { settledMemory } = await import(${JSON.stringify(pathToFileURL(join(root, "test/support/memory.ts")).href)});
    const network = new Network([64, 1200, 4], { seed: 1 });
    const inputs = Float32Array.from({ length: 64 * 64 }, (_, i) => (i % 97) / 97);
    const data = Dataset.from({ inputs, labels: Array.from({ length: 64 }, (_, i) => i % 4) });
    const options = {
      epochs: 3,
      batchSize: 32,
      optimizer: "adam",
      dropout: 0.1,
      classWeights: "balanced",
      validation: 0.25,
      earlyStopping: { patience: 3 },
      checkpoint: { path: ${JSON.stringify(join(folder, "checkpoint"))}, everyEpochs: 3 },
      signal: new AbortController().signal,
    };
    const memoryAfter = async (fits) => {
      for (let i = 0; i < fits; i++) await network.fit(data, options);
      return settledMemory();
    };
    const before = await memoryAfter(50);
    const after = await memoryAfter(${FITS});
    const growth = Object.fromEntries(Object.keys(before).map((kind) => [kind, after[kind] - before[kind]]));
    console.log(JSON.stringify({ backend: network.backend, ...growth }));`;
  const { stdout, stderr } = await runScript(script, QUIET_MEMORY);
  expect(stderr).toBe("");
  const { backend, arrayBuffers, rss, heapUsed } = JSON.parse(stdout);
  expect(backend).toBe("native");
  expect(arrayBuffers).toBeLessThan(LEAST_ARRAY);
  if (isRssQuiet) expect(rss).toBeLessThan(MOST_RSS);
  expect(heapUsed).toBeLessThan(MOST_HEAP);
});
