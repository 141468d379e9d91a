// What a test calls in a page: a training in a Web Worker, and one in the page itself.
import { backendInfo, Dataset, Network } from "downhill";

async function digits() {
  const read = async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer());
  return { pixels: await read("/pixels"), labels: await read("/labels") };
}

globalThis.calls = {
  backendInfo,

  async trainInWorker() {
    const worker = new Worker("/worker.js", { type: "module" });
    const answer = new Promise((resolve, reject) => {
      worker.addEventListener("message", ({ data }) =>
        data.failure ? reject(new Error(data.failure)) : resolve(data),
      );
      worker.addEventListener("error", ({ message }) => reject(new Error(message)));
    });
    worker.postMessage(await digits());
    try {
      return await answer;
    } finally {
      worker.terminate();
    }
  },

  /** How often a timer fires in the page while a fit runs in it, and until it has fired so often. */
  async timersDuringFit(wanted) {
    let timers = 0;
    const timer = setInterval(() => {
      timers += 1;
      if (timers === wanted) abort.abort("seen");
    }, 1);
    const abort = new AbortController();
    const { pixels, labels } = await digits();
    const data = Dataset.from({ inputs: pixels, labels, classes: 10, inputScale: 1 / 255 });
    const network = new Network([data.inputSize, 200, 10], { seed: 1 });
    const ended = await network.fit(data, { epochs: 1_000_000, signal: abort.signal }).catch((reason) => reason);
    clearInterval(timer);
    return { timers, ended };
  },

  /** What reading a file is refused with. */
  async refusals() {
    const reasonOf = ({ code, message }) => ({ code, message });
    return {
      csv: await Dataset.csv("a.csv", { target: "y" }).catch(reasonOf),
      idx: await Dataset.idx("images", "labels").catch(reasonOf),
    };
  },
};
