import { access } from "node:fs/promises";
import { join, resolve } from "node:path";
import { RACE_CONTENDERS, type RaceContender } from "./accuracy/contenders.ts";
import { raceInProcess } from "./accuracy/process.ts";
import { PARTS, type RaceResult, type RaceTask, type Setting } from "./accuracy/race.ts";
import { TARGETS, type Target } from "./accuracy/settings.ts";
import { COMMON_OPTIONS, oneOf, parseOptions, UsageError } from "./command.ts";
import { describeMachine, headerLines } from "./machine.ts";
import { median } from "./measure.ts";
import { ProgressLine } from "./progress.ts";
import { type Column, significant, tableLines } from "./table.ts";

interface RaceEffort {
  readonly seeds: readonly number[];
  /** Of training, for each race. */
  readonly limitSeconds: number;
}

const FULL: RaceEffort = { seeds: [1, 2, 3], limitSeconds: 60 };
const QUICK: RaceEffort = { seeds: [1], limitSeconds: 10 };

/** A contender with a setting on the way to a target, and what its races came to. */
interface Entry {
  readonly contender: RaceContender;
  readonly target: Target;
  readonly setting: Setting;
  readonly results: RaceResult[];
  /** Why it takes no part, or no more. */
  out: string | undefined;
}

/**
 * `npm run bench -- accuracy --data DIR`: seconds of training and epochs until a network [784, 128, 10] tells 97 % and
 * 98 % of MNIST's test images right, for the package and its peers, each on one thread and at the best of its settings.
 */
export async function run(argv: readonly string[]): Promise<void> {
  const { quick, json } = COMMON_OPTIONS;
  const values = parseOptions(argv, {
    data: { type: "string" },
    python: { type: "string" },
    only: { type: "string" },
    search: { type: "boolean" },
    quick,
    json,
  });
  if (values.data === undefined) throw new UsageError("--data is missing: the folder of the four files of MNIST");
  const files = await digitFiles(values.data);
  const effort = values.quick ? QUICK : FULL;
  const machine = describeMachine();
  const entries = entriesOf(chosenContenders(values.only), values.search === true);
  await raceAll(entries, effort, (task) => ({ ...files, ...task }), values.python ?? "python3");
  if (values.json) {
    console.log(JSON.stringify({ machine, races: entries.map(reportOf) }, undefined, 2));
    return;
  }
  const legend =
    `MNIST, [784, 128, 10], one thread each; the test after every ${PARTS}th of an epoch, not counted; medians of ` +
    `seeds ${effort.seeds.join(", ")}, at most ${effort.limitSeconds} s`;
  const tables = TARGETS.flatMap((target) => ["", ...targetLines(entries, target)]);
  console.log([...headerLines(machine), legend, ...tables].join("\n"));
}

const OUT_OF_TIME = "out of time";

type DigitFiles = Pick<RaceTask, "trainImages" | "trainLabels" | "testImages" | "testLabels">;

/** The files, plain or gzip. */
async function digitFiles(folder: string): Promise<DigitFiles> {
  const find = async (name: string) => {
    for (const path of [join(folder, name), join(folder, `${name}.gz`)]) {
      if (await isThere(path)) return resolve(path);
    }
    throw new UsageError(`--data ${folder} has neither ${name} nor ${name}.gz`);
  };
  return {
    trainImages: await find("train-images-idx3-ubyte"),
    trainLabels: await find("train-labels-idx1-ubyte"),
    testImages: await find("t10k-images-idx3-ubyte"),
    testLabels: await find("t10k-labels-idx1-ubyte"),
  };
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function chosenContenders(only: string | undefined): readonly RaceContender[] {
  if (only === undefined) return RACE_CONTENDERS;
  const ids = RACE_CONTENDERS.map(({ id }) => id);
  const chosen = only.split(",").map((name) => oneOf("--only", name, ids));
  return RACE_CONTENDERS.filter(({ id }) => chosen.includes(id));
}

function entriesOf(contenders: readonly RaceContender[], all: boolean): Entry[] {
  return TARGETS.flatMap((target) =>
    contenders.flatMap((contender) => {
      const tried = contender.settings[target];
      const settings = all ? tried : tried.slice(0, 1);
      return settings.map((setting) => ({ contender, target, setting, results: [], out: undefined }));
    }),
  );
}

/** Seed after seed, so that whatever slows the machine for a while slows every contender. */
async function raceAll(
  entries: readonly Entry[],
  { seeds, limitSeconds }: RaceEffort,
  taskOf: (task: Pick<RaceTask, "setting" | "seed" | "target" | "limitSeconds">) => RaceTask,
  python: string,
): Promise<void> {
  const progress = new ProgressLine();
  for (const seed of seeds) {
    for (const entry of entries) {
      const { contender, target, setting } = entry;
      entry.out ??= outAt(entries, entry);
      if (entry.out !== undefined) continue;
      progress.show(`seed ${seed}/${seeds.length}  ${percent(target)}  ${contender.id}`);
      const reply = await raceInProcess(contender, taskOf({ setting, seed, target, limitSeconds }), python);
      if (reply.reply !== "finished") entry.out = reply.why;
      else entry.results.push(reply);
      if (reply.reply === "finished" && reply.seconds >= limitSeconds) entry.out = OUT_OF_TIME;
    }
  }
  progress.clear();
}

/** A target is out of reach where a lower one was. */
function outAt(entries: readonly Entry[], { contender, target }: Entry): string | undefined {
  const lower = entries.filter((entry) => entry.contender === contender && entry.target < target);
  return lower.length > 0 && lower.every(({ out }) => out !== undefined) ? lower[0].out : undefined;
}

/** The medians, in words where the target was not always reached. */
function reportOf({ contender, target, setting, results, out }: Entry) {
  const reached = results.filter((result) => result.reached);
  const all = reached.length === results.length && reached.length > 0;
  return {
    contender: contender.id,
    version: results[0]?.version,
    target,
    setting,
    races: results.length,
    reached: reached.length,
    seconds: all ? median(reached.map(({ seconds }) => seconds)) : undefined,
    epochs: all ? median(reached.map(({ epochs }) => epochs)) : undefined,
    accuracy: results.length > 0 ? median(results.map(({ accuracy }) => accuracy)) : undefined,
    out,
  };
}

const COLUMNS: readonly Column[] = [
  { title: "contender", align: "left" },
  { title: "setting", align: "left" },
  { title: "seconds" },
  { title: "epochs" },
  { title: "s an epoch" },
  { title: "reached" },
  { title: "accuracy" },
];

function targetLines(entries: readonly Entry[], target: Target): string[] {
  const reports = entries.filter((entry) => entry.target === target).map(reportOf);
  const ranked = reports.toSorted((a, b) => (a.seconds ?? Infinity) - (b.seconds ?? Infinity) || 0);
  const rows = ranked
    .filter(({ races }) => races > 0)
    .map(({ contender, version, setting, seconds, epochs, races, reached, accuracy }) => [
      `${contender} ${version}`,
      describeSetting(setting),
      seconds === undefined ? "–" : significant(seconds),
      epochs === undefined ? "–" : epochs.toFixed(2),
      seconds === undefined || epochs === undefined ? "–" : significant(seconds / epochs),
      `${reached}/${races}`,
      percent(accuracy ?? 0),
    ]);
  const absent = ranked
    .filter(({ out, races }) => out !== undefined && (races === 0 || out !== OUT_OF_TIME))
    .map(({ contender, out }) => `${contender}: ${out}`);
  return [`To ${percent(target)}:`, ...tableLines(COLUMNS, rows), ...new Set(absent)];
}

function describeSetting({ way, batchSize, optimizer, learningRate, decay, epochs }: Setting): string {
  return `${way}, ${batchSize === 1 ? "online" : `batch ${batchSize}`}, ${optimizer} ${learningRate}, ${decay} over ${epochs} epochs`;
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}
