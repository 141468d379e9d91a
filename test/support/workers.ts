import { Worker } from "node:worker_threads";
import type { FitNews, FitOrder } from "./fit_worker.ts";

const module = new URL("./fit_worker.ts", import.meta.url).href;

/**
 * Starts `fit_worker.ts`. tsx is registered by the worker itself: not every Node.js applies `--import` to the first
 * module of a worker.
 */
export function startWorker(order: FitOrder): Worker {
  const script = `import("tsx/esm/api").then(({ register }) => {
    register();
    return import(${JSON.stringify(module)});
  });`;
  return new Worker(script, { eval: true, workerData: order });
}

/** The first news of a kind; an error when the worker ends without it. */
export function newsOf<K extends FitNews["kind"]>(worker: Worker, kind: K): Promise<Extract<FitNews, { kind: K }>> {
  return new Promise((resolve, reject) => {
    worker.on("message", (news: FitNews) => {
      if (news.kind === kind) resolve(news as Extract<FitNews, { kind: K }>);
    });
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`the worker ended with code ${code} before it was ${kind}`)));
  });
}
