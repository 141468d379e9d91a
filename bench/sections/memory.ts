import type { Workload } from "../peers/protocol.ts";
import type { MemoryReport, MemoryResult } from "../report/results.ts";
import { type Contender, contendersFor, type Field } from "../workloads/contenders.ts";
import { weightCounts } from "../workloads/data.ts";
import { definitionOf } from "../workloads/definitions.ts";
import { Entrant } from "../workloads/entrant.ts";
import { type Conduct, variantOf, withData } from "../workloads/measure_workload.ts";

const FLOAT32_BYTES = 4;

/** How long each contender trains before its peak is read, in seconds. */
const SECONDS = 0.5;

/** The most memory that each contender ever took for W5, and what it took before it loaded anything. */
export async function measureMemory(conduct: Conduct, field: Field): Promise<MemoryReport> {
  const definition = definitionOf("W5");
  const { workload } = definition;
  const { layers, samples } = workload;
  const contenders: MemoryResult[] = [];
  await withData(workload, conduct, async (folder) => {
    for (const contender of contendersFor(definition, field)) {
      conduct.onStep(`${contender.identity.title} ${contender.identity.how}`);
      const result = await memoryOf(contender, workload, folder, conduct);
      if (result) contenders.push(result);
    }
  });
  return {
    workload: workload.name,
    parameterBytes: FLOAT32_BYTES * weightCounts(layers).reduce((sum, count) => sum + count, 0),
    dataBytes: FLOAT32_BYTES * samples * (layers[0] + layers[layers.length - 1]),
    contenders,
  };
}

/** One contender's memory; undefined when it does not take part. */
async function memoryOf(
  { identity, command }: Contender,
  workload: Workload,
  folder: string,
  { prepareDeadline, rounds: { deadline } }: Conduct,
): Promise<MemoryResult | undefined> {
  const entrant = new Entrant(identity.title, command);
  try {
    const idleBytes = await entrant.peakMemory(deadline);
    await entrant.prepare(workload, variantOf(identity), folder, prepareDeadline);
    if (!entrant.ready) return undefined;
    await entrant.ask({ command: "sample", seconds: SECONDS }, deadline);
    const peakBytes = await entrant.peakMemory(deadline);
    return { title: identity.title, how: entrant.ready.how, threads: identity.threads, idleBytes, peakBytes };
  } catch {
    return undefined;
  } finally {
    await entrant.end();
  }
}
