import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { kernels } from "downhill";
import { COMMON_OPTIONS, parseOptions, UsageError } from "./command.ts";
import { compareWith } from "./compare/compare.ts";
import { readCacheSizes } from "./limits/caches.ts";
import { LimitGauges } from "./limits/gauges.ts";
import { allLimits, compileLimits, limitContenders } from "./limits/limits.ts";
import { describeMachine } from "./machine.ts";
import { PEERS } from "./peers/registry.ts";
import { ProgressLine } from "./progress.ts";
import { describeCommit } from "./report/commit.ts";
import { drawResults } from "./report/plot.ts";
import { updateReadme } from "./report/readme.ts";
import { reportLines } from "./report/report.ts";
import { type Results, SCHEMA } from "./report/results.ts";
import { findResults, writeResults } from "./report/results_file.ts";
import { staleBuilds } from "./report/stale_builds.ts";
import { measureSections } from "./sections/sections.ts";
import { contendersFor, type Field } from "./workloads/contenders.ts";
import { WORKLOADS } from "./workloads/definitions.ts";
import { type Conduct, measureWorkload } from "./workloads/measure_workload.ts";
import { FULL, QUICK, type RunEffort, readPeers, readSelection, type Selection } from "./workloads/settings.ts";

const OPTIONS = {
  quick: COMMON_OPTIONS.quick,
  json: COMMON_OPTIONS.json,
  only: { type: "string" },
  peers: { type: "string" },
  python: { type: "string" },
  plot: { type: "boolean" },
  readme: { type: "boolean" },
  results: { type: "string" },
  compare: { type: "string" },
} as const;

/**
 * `npm run bench`: this package, its peers and the machine's limits on the same workloads, side by side; with `--plot`
 * and `--readme` what becomes of an earlier run's results; with `--compare` this checkout against another commit.
 */
export async function run(argv: readonly string[]): Promise<void> {
  const values = parseOptions(argv, OPTIONS);
  const selection = readSelection(values.only, values.quick);
  const peers = readPeers(values.peers, PEERS);
  const effort = values.quick ? QUICK : FULL;
  if (values.plot || values.readme) {
    const path = findResults(values.results);
    console.log(`wrote ${drawResults(path)}`);
    if (values.readme) console.log(`wrote ${updateReadme(path)}`);
    return;
  }
  if (values.results !== undefined) throw new UsageError("--results goes with --plot or --readme");
  for (const sentence of staleBuilds()) console.error(`bench: ${sentence}`);
  if (values.compare !== undefined) {
    await compareWith(values.compare, { selection, effort, json: values.json ?? false });
    return;
  }

  const field: Field = {
    peers,
    python: values.python ?? "python3",
    cores: availableParallelism(),
    hasNative: kernels.native !== undefined,
  };
  const isPart = values.only !== undefined || values.quick === true || values.peers !== undefined;
  const results = await measure(field, selection, effort, {
    quick: values.quick ?? false,
    ...(values.only !== undefined && { only: values.only.split(",") }),
    peers: peers.map(({ id }) => id),
    rounds: effort.rounds.rounds,
    sampleSeconds: effort.rounds.sampleSeconds,
  });
  const path = writeResults(results, isPart);
  if (values.json) console.log(JSON.stringify(results, undefined, 2));
  else console.log([...reportLines(results), "", `Written to ${path}`].join("\n"));
}

async function measure(
  field: Field,
  { workloads, sections }: Selection,
  effort: RunEffort,
  settings: Results["settings"],
): Promise<Results> {
  const machine = describeMachine();
  const commit = describeCommit();
  const progress = new ProgressLine();
  const folder = mkdtempSync(join(tmpdir(), "downhill-bench-"));
  const caches = readCacheSizes();
  const program = compileLimits(folder);
  const gauges = await LimitGauges.start(limitContenders(program, allLimits(field.cores), caches));
  const conductOf = (title: string): Conduct => ({
    ...effort,
    folder,
    caches,
    gauges,
    onStep: (text) => progress.show(`${title}: ${text}`),
  });
  try {
    const measured = [];
    for (const { workload, bound, ...definition } of WORKLOADS) {
      if (!workloads.includes(workload.name)) continue;
      const contenders = contendersFor({ workload, bound, ...definition }, field);
      measured.push(await measureWorkload({ workload, bound, contenders }, conductOf(workload.name)));
    }
    const rest = await measureSections(sections, { field, effort, conductOf, quick: settings.quick });
    const limits = { ...("missing" in program && { missing: program.missing }), measured: gauges.results() };
    return { schema: SCHEMA, machine, ...(commit && { commit }), settings, limits, workloads: measured, ...rest };
  } finally {
    await gauges.end();
    rmSync(folder, { recursive: true, force: true });
    progress.clear();
  }
}
