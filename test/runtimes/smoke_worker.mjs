// A worker thread that trains: to the end, or until it is terminated.
import { parentPort, workerData } from "node:worker_threads";
import { ENDLESS, TRAININGS, weightBytes } from "./smoke_trainings.mjs";

const { entry, isEndless } = workerData;
const downhill = await import(entry);
const { network, data, options } = TRAININGS.online(downhill);
if (isEndless) {
  const onProgress = () => parentPort.postMessage("training");
  // Memory that is given back to the system when it is freed: whoever still writes to it is found out at once.
  const large = [1, 2, 3].map((seed) => new downhill.Network([256, 4000, 10], { seed }));
  await Promise.all(large.map((each) => each.fit(data, { epochs: ENDLESS, onProgress })));
}
await network.fit(data, options);
parentPort.postMessage({ backend: network.backend, weights: new Uint8Array(weightBytes(network)) });
