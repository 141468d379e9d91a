import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { CacheSizes } from "../limits/caches.ts";
import type { LimitGauges } from "../limits/gauges.ts";
import { isSameLimit, needOf } from "../limits/limits.ts";
import type { Variant, Workload } from "../peers/protocol.ts";
import type { Identity, WorkloadResult } from "../report/results.ts";
import type { Contender } from "./contenders.ts";
import { createData, type ReferenceLosses, referenceLosses } from "./create_data.ts";
import { writeWorkloadData } from "./data.ts";
import type { Bound } from "./definitions.ts";
import { Entrant } from "./entrant.ts";
import { type Rounds, type Samples, sampleInRounds } from "./interleave.ts";
import { resultOf, withShareOfLimit } from "./outcome.ts";
import { forAll } from "./parallel.ts";

/** How measurements are carried out. */
export interface Conduct {
  readonly rounds: Rounds;
  /** The longest that loading, checking and warming up may take, in seconds. */
  readonly prepareDeadline: number;
  /** A folder for data; what is written there is removed again. */
  readonly folder: string;
  readonly caches: CacheSizes;
  readonly gauges: LimitGauges;
  readonly onStep: (text: string) => void;
}

/** What is to be measured. */
export interface Measurement {
  readonly workload: Workload;
  readonly bound: Bound;
  readonly contenders: readonly Contender[];
}

/** Nothing is measured while processes start, so two of them may do it at once. */
const PREPARED_AT_ONCE = 2;

/** Runs all contenders on one workload, each in a process of its own, sample by sample in turn with the limits. */
export async function measureWorkload(measurement: Measurement, conduct: Conduct): Promise<WorkloadResult> {
  const { workload, contenders } = measurement;
  const { gauges, caches } = conduct;
  return withEntrants(measurement, conduct, async (entrants, reference) => {
    const ready = entrants.filter((entrant) => entrant.ready);
    const samples = await sampleInRounds([...ready, ...gauges.sampled], conduct.rounds, (round) =>
      conduct.onStep(`round ${round} of ${conduct.rounds.rounds}`),
    );
    const limits = gauges.record(samples.slice(ready.length));
    const results = entrants.map((entrant, i) => {
      const ofEntrant: Samples | undefined = samples[ready.indexOf(entrant)];
      const course = { ready: entrant.ready, noStart: entrant.noStart, samples: ofEntrant };
      return withShareOfLimit(resultOf(contenders[i].identity, course, reference), measurement, limits, caches);
    });
    const needs = results.flatMap((identity) => needOf(measurement, identity, caches) ?? []);
    const relevant = limits.filter(({ limit }) => needs.some((need) => isSameLimit(need.limit, limit)));
    return { workload, ...(reference && { reference }), limits: relevant, contenders: results };
  });
}

/** Starts and prepares a process for every contender, and ends them all when the work is done. */
export async function withEntrants<Result>(
  { workload, contenders }: Pick<Measurement, "workload" | "contenders">,
  conduct: Pick<Conduct, "folder" | "onStep" | "prepareDeadline">,
  work: (entrants: readonly Entrant[], reference: ReferenceLosses | undefined) => Promise<Result>,
): Promise<Result> {
  return withData(workload, conduct, async (folder, reference) => {
    const entrants = contenders.map(({ identity, command }) => new Entrant(identity.title, command));
    try {
      let done = 0;
      await forAll([...entrants.entries()], PREPARED_AT_ONCE, async ([i, entrant]) => {
        await entrant.prepare(workload, variantOf(contenders[i].identity), folder, conduct.prepareDeadline);
        done++;
        conduct.onStep(`${done} of ${entrants.length} prepared`);
      });
      return await work(entrants, reference);
    } finally {
      await Promise.all(entrants.map((entrant) => entrant.end()));
    }
  });
}

/** What a contender is told of the way it is to take. */
export function variantOf({ variant, how, threads }: Identity): Variant {
  return { id: variant, how, threads };
}

/** Makes a workload's data, and removes them when the work is done. */
export async function withData<Result>(
  workload: Workload,
  { folder: parent, onStep }: Pick<Conduct, "folder" | "onStep">,
  work: (folder: string, reference: ReferenceLosses | undefined) => Promise<Result>,
): Promise<Result> {
  onStep("making data");
  const folder = join(parent, workload.name);
  mkdirSync(folder, { recursive: true });
  try {
    const data = createData(workload);
    writeWorkloadData(folder, data);
    return await work(folder, await referenceLosses(workload, data));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
