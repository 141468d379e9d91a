/**
 * How the bench speaks with a contender: a process of its own that reads one JSON message a line from its standard input
 * and answers each with one on its standard output.
 */
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** What is done with a network: steps on one sample or on batches, or predictions of one input or of many. */
export type WorkloadKind = "online" | "batch" | "predictOne" | "predictMany";

/** A task that every contender gets. All layers are sigmoid, the loss is Σ (t − y)², the optimizer is plain SGD. */
export interface Workload {
  /** `W1` … `W7b` */
  readonly name: string;
  readonly kind: WorkloadKind;
  /** The number of inputs, then the units of each layer. */
  readonly layers: readonly number[];
  /** Samples a step when it trains, inputs a call when it predicts; a batch has the mean gradient of its samples. */
  readonly batchSize: number;
  /** Rows of the data files. */
  readonly samples: number;
  readonly learningRate: number;
  /** How many samples are trained on, in order, to compare losses before anything is measured; 0 when it predicts. */
  readonly checkSamples: number;
}

/** One way in which a contender does the work. */
export interface Variant {
  readonly id: string;
  readonly how: string;
  readonly threads: number;
}

export interface PrepareRequest {
  readonly command: "prepare";
  readonly workload: Workload;
  readonly variant: Variant;
  /**
   * Little-endian raw files: `inputs.f32` (samples, layers[0]), `targets.f32` (samples, outputs), `weights.f32` (each
   * W_l (n_{l+1}, n_l + 1) row by row with the bias last, one after the other) and `outputs.f64` (samples, outputs).
   */
  readonly folder: string;
}

export interface SampleRequest {
  readonly command: "sample";
  /** About how long to work; at least one unit is done. */
  readonly seconds: number;
}

export type Request = PrepareRequest | SampleRequest | { readonly command: "memory" } | { readonly command: "end" };

/** Who is ready, and what it computed for comparison. */
export interface Ready {
  readonly name: string;
  readonly version: string;
  readonly how: string;
  /** Prediction: max |y − outputs.f64| over all samples. */
  readonly error?: number;
  /** Training: the mean loss over all samples with the given weights. */
  readonly lossBefore?: number;
  /** Training: the same after the first `checkSamples` samples, in order. */
  readonly lossAfter?: number;
}

/** What was done in one sample. */
export interface SampleResult {
  /** Training: samples; prediction: inputs. */
  readonly units: number;
  /** The wall-clock time that they took. */
  readonly seconds: number;
  readonly loss?: number;
}

/** Why a contender takes no part: it cannot do the work, its package is not installed, or it went wrong. */
export interface Refusal {
  readonly reply: "unsupported" | "absent" | "failed";
  readonly why: string;
}

export type Reply =
  | ({ readonly reply: "ready" } & Ready)
  | ({ readonly reply: "sample" } & SampleResult)
  | { readonly reply: "memory"; readonly peakBytes: number }
  | Refusal;

/** A contender with a workload loaded, checked and warmed up. */
export interface Prepared {
  readonly ready: Ready;
  sample(seconds: number): SampleResult | Promise<SampleResult>;
}

/** Loads, checks and warms up one workload in one way. */
export type Prepare = (request: PrepareRequest) => Prepared | Promise<Prepared>;

/** Thrown by `Prepare` when the contender cannot do this work in this way. */
export class Unsupported extends Error {
  override readonly name = "Unsupported";
}

/** Thrown by `Prepare` when what the contender needs is not installed. */
export class Absent extends Error {
  override readonly name = "Absent";
}

/** Repeats some work until it has taken the time, looking at the clock after each call only. */
export async function repeatFor(seconds: number, work: () => number | Promise<number>): Promise<SampleResult> {
  const start = performance.now();
  const end = start + seconds * 1000;
  let units = 0;
  let now = start;
  do {
    const done = work();
    units += typeof done === "number" ? done : await done;
    now = performance.now();
  } while (now < end);
  return { units, seconds: (now - start) / 1000 };
}

/**
 * Answers requests, one after the other, until `end` or the end of the input.
 *
 * @param streams - default: this process's own; what libraries print with `console` then goes to standard error
 */
export async function serve(
  prepare: Prepare,
  streams: { readonly input: Readable; readonly output: Writable } = ownStreams(),
): Promise<void> {
  let prepared: Prepared | undefined;
  const answer = async (request: Exclude<Request, { command: "end" }>): Promise<Reply> => {
    switch (request.command) {
      case "prepare":
        prepared = await prepare(request);
        return { reply: "ready", ...prepared.ready };
      case "sample":
        if (!prepared) return { reply: "failed", why: "asked for a sample before prepare" };
        return { reply: "sample", ...(await prepared.sample(request.seconds)) };
      case "memory":
        return { reply: "memory", peakBytes: process.resourceUsage().maxRSS * 1024 };
    }
  };
  for await (const line of createInterface({ input: streams.input })) {
    if (line.trim() === "") continue;
    const request = JSON.parse(line) as Request;
    if (request.command === "end") break;
    const reply = await answer(request).catch(refusalOf);
    streams.output.write(`${JSON.stringify(reply)}\n`);
  }
}

/** Standard output carries replies only. */
function ownStreams(): { input: Readable; output: Writable } {
  console.log = console.error;
  console.info = console.error;
  console.debug = console.error;
  return { input: process.stdin, output: process.stdout };
}

function refusalOf(error: unknown): Refusal {
  const why = error instanceof Error ? error.message : String(error);
  if (error instanceof Unsupported) return { reply: "unsupported", why };
  if (error instanceof Absent) return { reply: "absent", why };
  return { reply: "failed", why };
}
