import { backendInfo } from "../../index.ts";
import { UsageError } from "../command_error.ts";
import type { Context } from "../context.ts";
import { describeMachine } from "../machine.ts";
import { colorsFor } from "../output/colors.ts";
import { measureRates, type Workload } from "./rates.ts";
import { ratesText } from "./rates_text.ts";

/** Samples of more inputs would not fit the memory of every machine. */
const MOST_INPUTS = 2 ** 16;

/** Measures how fast this machine trains and predicts. */
export async function bench(
  { json, ...workload }: Workload & { readonly json?: boolean },
  { stdout, stderr, env, signal }: Context,
): Promise<void> {
  const { layers, batchSize, threads, dtype, seconds } = workload;
  if (layers.length < 2) throw new UsageError("--layers needs the number of inputs and then the units of each layer");
  if (layers[0] > MOST_INPUTS)
    throw new UsageError(`--layers has ${layers[0]} inputs, expected at most ${MOST_INPUTS}`);
  if (!(seconds > 0)) throw new UsageError(`--seconds is ${seconds}, expected a number above 0`);
  const machine = describeMachine();
  const { backend, isa, reason } = backendInfo();
  if (!json) stderr.write(`measuring for about ${seconds} s\n`);
  const rates = await measureRates(workload, signal);
  if (json) {
    stdout.write(`${JSON.stringify({ ...workload, machine, backend, isa, rates })}\n`);
    return;
  }
  stdout.write(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, downhill ${machine.downhill}\n`);
  if (backend === "typescript") stdout.write(`only TypeScript is measured: ${reason}\n`);
  const steps = batchSize === 1 ? "a step after each sample" : `batches of ${batchSize}`;
  stdout.write(`[${layers.join(", ")}], ${dtype}, ${steps}, ${threads} ${threads === 1 ? "thread" : "threads"}\n\n`);
  stdout.write(ratesText(rates, isa, colorsFor(stdout, env)));
}
