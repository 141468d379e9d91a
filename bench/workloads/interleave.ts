import { setTimeout } from "node:timers/promises";
import { interleavedOrder } from "../measure.ts";
import type { Reply, Request, SampleResult } from "../peers/protocol.ts";
import { isRefusal } from "./contender_process.ts";

/** How long a workload is measured. */
export interface Rounds {
  readonly rounds: number;
  /** What each contender is asked for in a round, in seconds. */
  readonly sampleSeconds: number;
  /** Between samples, in seconds: threads that wait for more work by spinning have gone to sleep then. */
  readonly restSeconds: number;
  /** The longest that one sample may take, in seconds. */
  readonly deadline: number;
}

/** What samples are asked of. */
export interface Sampled {
  ask(request: Extract<Request, { command: "sample" }>, deadline: number): Promise<Reply>;
}

/** The samples of one contender, and why there are no more. */
export interface Samples {
  readonly taken: SampleResult[];
  failure: string | undefined;
}

/** Even the slowest contender is sampled so often: a median has to be one. */
const FEWEST_SAMPLES = 3;

/** A contender may take this many times the time of all its rounds before rounds are left out. */
const PATIENCE = 2;

/**
 * Takes a sample of every contender a round, another one being the first each time. One whose least piece of work takes
 * much longer than asked gets fewer rounds; one that fails gets no more.
 */
export async function sampleInRounds(
  contenders: readonly Sampled[],
  { rounds, sampleSeconds, restSeconds, deadline }: Rounds,
  onRound: (round: number) => void = () => {},
): Promise<Samples[]> {
  const samples = contenders.map((): Samples => ({ taken: [], failure: undefined }));
  const spent = contenders.map(() => 0);
  for (const [turn, index] of interleavedOrder(contenders.length, rounds).entries()) {
    if (turn % contenders.length === 0) onRound(1 + turn / contenders.length);
    const { taken, failure } = samples[index];
    const isSpent = taken.length >= FEWEST_SAMPLES && spent[index] > PATIENCE * rounds * sampleSeconds;
    if (failure !== undefined || isSpent) continue;
    await setTimeout(restSeconds * 1000);
    try {
      const reply = await contenders[index].ask({ command: "sample", seconds: sampleSeconds }, deadline);
      if (reply.reply !== "sample") throw new Error(isRefusal(reply) ? reply.why : `answered ${reply.reply}`);
      const { units, seconds, loss } = reply;
      if (!(units > 0 && seconds > 0)) throw new Error(`did ${units} units in ${seconds} s`);
      taken.push({ units, seconds, ...(loss !== undefined && { loss }) });
      spent[index] += seconds;
    } catch (error) {
      samples[index].failure = (error as Error).message;
    }
  }
  return samples;
}
