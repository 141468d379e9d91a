import { spreadOf } from "../measure.ts";
import type { LimitResult } from "../report/results.ts";
import { Entrant } from "../workloads/entrant.ts";
import type { Sampled, Samples } from "../workloads/interleave.ts";
import { rateOf } from "../workloads/outcome.ts";
import { type LimitContender, type LimitKind, limitTitle } from "./limits.ts";

/** Limits are steadier than contenders: a sample takes this share of theirs. */
const SHARE_OF_SAMPLE = 0.25;

/** A limit's benchmark does nothing before that takes longer, in seconds. */
const PREPARE_DEADLINE = 30;

/** What the benchmark of a limit is told to prepare: nothing but itself. */
const NO_WORKLOAD = {
  name: "limit",
  kind: "online",
  layers: [],
  batchSize: 1,
  samples: 0,
  learningRate: 0,
  checkSamples: 0,
} as const;

interface Gauge {
  readonly limit: LimitKind;
  readonly entrant: Entrant;
  readonly rates: number[];
}

/** The processes that measure the machine's limits, sampled beside the contenders all through a run. */
export class LimitGauges {
  /** Measures nothing. */
  static readonly none = new LimitGauges([]);

  readonly #gauges: readonly Gauge[];

  private constructor(gauges: readonly Gauge[]) {
    this.#gauges = gauges;
  }

  /** Starts them one after the other; those that fail are left out. */
  static async start(contenders: readonly LimitContender[]): Promise<LimitGauges> {
    const gauges: Gauge[] = [];
    for (const { limit, command } of contenders) {
      const title = limitTitle(limit);
      const entrant = new Entrant(title, command);
      await entrant.prepare(NO_WORKLOAD, { id: "limit", how: title, threads: limit.threads }, "", PREPARE_DEADLINE);
      if (entrant.ready) gauges.push({ limit, entrant, rates: [] });
    }
    return new LimitGauges(gauges);
  }

  /** To be sampled in turn with contenders. */
  get sampled(): Sampled[] {
    return this.#gauges.map(({ entrant }) => ({
      ask: ({ command, seconds }, deadline) => entrant.ask({ command, seconds: seconds * SHARE_OF_SAMPLE }, deadline),
    }));
  }

  /** Takes the samples of `sampled`, and says what they came to. */
  record(samples: readonly Samples[]): LimitResult[] {
    return this.#gauges.flatMap(({ limit, rates }, i) => {
      const taken = samples[i].taken.map(rateOf);
      rates.push(...taken);
      return taken.length > 0 ? [{ limit, rate: spreadOf(taken) }] : [];
    });
  }

  /** What all samples so far came to. */
  results(): LimitResult[] {
    return this.#gauges.flatMap(({ limit, rates }) => (rates.length > 0 ? [{ limit, rate: spreadOf(rates) }] : []));
  }

  async end(): Promise<void> {
    await Promise.all(this.#gauges.map(({ entrant }) => entrant.end()));
  }
}
