import { measureRates } from "../bench/rates.ts";
import { ratesText } from "../bench/rates_text.ts";
import { CommandError } from "../command_error.ts";
import type { Context } from "../context.ts";
import { describeMachine } from "../machine.ts";
import { type Colors, colorsFor } from "../output/colors.ts";
import { tableOf } from "../output/table.ts";
import type { Check } from "./check.ts";
import { examine } from "./examine.ts";

/** What of the environment decides how trainings run. */
const VARIABLES = ["DOWNHILL_BACKEND", "DOWNHILL_ISA", "DOWNHILL_NATIVE_PATH", "UV_THREADPOOL_SIZE"] as const;

/** What the benchmark runs: a network for MNIST, as it is trained mostly. */
const WORKLOAD = { layers: [784, 128, 10], batchSize: 32, threads: 1, dtype: "float32", seconds: 5 } as const;

/**
 * Tells what runs here, and whether it runs as it should.
 *
 * @throws CommandError when something is broken, after it has been told
 */
export async function doctor(
  options: { readonly bench: boolean; readonly json?: boolean },
  { stdout, env, signal }: Context,
): Promise<void> {
  const colors = colorsFor(stdout, env);
  const machine = describeMachine();
  const variables = Object.fromEntries(VARIABLES.filter((name) => env[name]).map((name) => [name, env[name]]));
  const { backend, checks } = await examine(env);
  signal.throwIfAborted();
  if (!options.json) {
    const { downhill, node, nodeApi, platform, libc, cpu, cores } = machine;
    const system = [platform, ...(libc ? [libc] : [])].join(", ");
    stdout.write(`downhill ${downhill}, Node ${node} (Node-API ${nodeApi}), ${system}\n${cpu}, ${cores} cores\n`);
    for (const { path, error } of backend?.attempts ?? []) stdout.write(`tried in vain: ${path}: ${error}\n`);
    for (const [name, value] of Object.entries(variables)) stdout.write(`${name} is ${value}\n`);
    stdout.write(`\n${checksText(checks, colors)}`);
  }
  const rates = options.bench && backend ? await measureRates(WORKLOAD, signal) : undefined;
  if (options.json) stdout.write(`${JSON.stringify({ machine, backend, variables, checks, rates })}\n`);
  else if (rates)
    stdout.write(`\n[784, 128, 10] in batches of 32, 1 thread\n${ratesText(rates, backend?.isa, colors)}`);
  const failed = checks.filter(({ outcome }) => outcome === "failed").map(({ name }) => name);
  if (failed.length > 0) throw new CommandError(`something is broken: ${failed.join(", ")}`);
}

function checksText(checks: readonly Check[], colors: Colors): string {
  const { green, red, yellow, dim } = colors;
  const color = { ok: green, failed: red, warning: yellow, skipped: dim };
  const rows = checks.flatMap(({ name, outcome, detail, advice }) => [
    [name, color[outcome](outcome), detail],
    ...(advice === undefined ? [] : [["", "", `→ ${advice}`]]),
  ]);
  return tableOf(["check", "outcome", "what was found"], rows, ["left", "left", "left"], colors);
}
