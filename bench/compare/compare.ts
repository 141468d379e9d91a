import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { kernels } from "downhill";
import { describeMachine, headerLines } from "../machine.ts";
import { ProgressLine } from "../progress.ts";
import { describeCommit } from "../report/commit.ts";
import { percent, speedText } from "../report/numbers.ts";
import { significant, tableLines } from "../table.ts";
import { type Contender, ownContender } from "../workloads/contenders.ts";
import { type Definition, WORKLOADS } from "../workloads/definitions.ts";
import { sampleInRounds } from "../workloads/interleave.ts";
import { withEntrants } from "../workloads/measure_workload.ts";
import { rateOf } from "../workloads/outcome.ts";
import { type OwnVariant, ownVariants } from "../workloads/own_variants.ts";
import type { RunEffort, Selection } from "../workloads/settings.ts";
import { buildCommit } from "./other_build.ts";
import { type Comparison, comparePairs, verdictOf } from "./pairs.ts";

/** How a comparison is made. */
export interface CompareOptions {
  readonly selection: Pick<Selection, "workloads">;
  readonly effort: RunEffort;
  readonly json: boolean;
}

interface Row extends Comparison {
  readonly workload: string;
  readonly how: string;
  readonly threads: number;
}

/** Pairs to a round of an ordinary measurement: a ratio of two needs more than a median of one. */
const MORE_ROUNDS = 2;

/** `npm run bench -- --compare REV`: this checkout's build against another commit's, sample by sample in turn. */
export async function compareWith(revision: string, { selection, effort, json }: CompareOptions): Promise<void> {
  const progress = new ProgressLine();
  const folder = mkdtempSync(join(tmpdir(), "downhill-compare-"));
  progress.show(`building ${revision}`);
  try {
    const other = buildCommit(revision, join(folder, "checkout"));
    try {
      const rows: Row[] = [];
      for (const definition of WORKLOADS.filter(({ workload }) => selection.workloads.includes(workload.name))) {
        const onStep = (text: string) => progress.show(`${definition.workload.name}: ${text}`);
        rows.push(...(await compareWorkload(definition, other.packageUrl, effort, { folder, onStep })));
      }
      progress.clear();
      print(rows, { revision, hash: other.hash }, json);
    } finally {
      other.remove();
    }
  } finally {
    progress.clear();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compareWorkload(
  definition: Definition,
  packageUrl: string,
  { rounds, prepareDeadline }: RunEffort,
  { folder, onStep }: { readonly folder: string; readonly onStep: (text: string) => void },
): Promise<Row[]> {
  const variants = ownVariants(definition, availableParallelism(), kernels.native !== undefined);
  const contenders = variants.flatMap((variant) => [pairOf(variant), pairOf(variant, packageUrl)]);
  const { workload } = definition;
  return withEntrants({ workload, contenders }, { folder, onStep, prepareDeadline }, async (entrants) => {
    // Both of a pair or neither: a build from before there were threads has no opponent.
    const fit = [...variants.keys()].filter((v) => entrants[2 * v].ready && entrants[2 * v + 1].ready);
    const sampled = fit.flatMap((v) => [entrants[2 * v], entrants[2 * v + 1]]);
    const more = { ...rounds, rounds: rounds.rounds * MORE_ROUNDS };
    const samples = await sampleInRounds(sampled, more, (round) => onStep(`round ${round} of ${more.rounds}`));
    return fit.flatMap((v, i): Row[] => {
      const [present, other] = [samples[2 * i], samples[2 * i + 1]].map(({ taken }) => taken.map(rateOf));
      if (present.length === 0 || other.length === 0) return [];
      const { how, threads } = variants[v];
      return [{ workload: workload.name, how, threads, ...comparePairs(present, other) }];
    });
  });
}

/** A variant of one of the two builds; a binary named by the environment would make them one. */
function pairOf(variant: OwnVariant, packageUrl?: string): Contender {
  const { identity, command } = ownContender(variant, packageUrl);
  return { identity, command: { ...command, env: { DOWNHILL_NATIVE_PATH: "" } } };
}

function print(rows: readonly Row[], other: { revision: string; hash: string }, json: boolean): void {
  const machine = describeMachine();
  const commit = describeCommit();
  if (json) {
    console.log(JSON.stringify({ machine, commit, other, rows }, undefined, 2));
    return;
  }
  const columns = [
    { title: "workload", align: "left" },
    { title: "variant", align: "left" },
    { title: "threads" },
    { title: "present" },
    { title: "other" },
    { title: "present/other" },
    { title: "pairs won" },
    { title: "chance" },
    { title: "", align: "left" },
  ] as const;
  const cells = rows.map(({ workload, how, threads, present, other, ratio, won, pairs, chance }) => [
    workload,
    how,
    String(threads),
    speedText(present.median),
    speedText(other.median),
    significant(ratio),
    `${won}/${pairs}`,
    percent(chance),
    verdictOf({ ratio, chance }),
  ]);
  const legend = [
    `present: this checkout's build (${commit?.hash.slice(0, 10) ?? "no commit"}${commit?.isDirty ? ", changed since" : ""}); other: ${other.revision} (${other.hash.slice(0, 10)})`,
    "speeds in units a second, medians of samples in turn; ratio: the pairs' median; chance: of so uneven pairs if both",
    "were equally fast (sign test)",
  ];
  console.log([...headerLines(machine), ...legend, "", ...tableLines(columns, cells)].join("\n"));
}
