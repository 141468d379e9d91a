import type { EpochReport, Progress } from "downhill";
import { type Paint, plain } from "./paint.ts";

const BAR_WIDTH = 20;

/** Of the names of facts; the same for all, so that facts printed one after the other line up. */
const NAME_WIDTH = 13;

/** A whole number with commas between its thousands. */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** A share from 0 to 1 as a percentage. */
export function formatShare(share: number, decimals = 2): string {
  return `${(share * 100).toFixed(decimals)} %`;
}

/** Facts as lines: names in one column, values in the other. */
export function factLines(facts: readonly (readonly [name: string, value: string])[], paint: Paint = plain): string[] {
  return facts.map(([name, value]) => `${paint("dim", name.padEnd(NAME_WIDTH))}  ${value}`);
}

/** A backend and the instruction set that it uses; plain TypeScript uses none. */
export function backendName(backend: string, isa: string): string {
  return backend === "typescript" ? backend : `${backend}, ${isa}`;
}

/** The state of an epoch under way, in one line. */
export function progressLine(progress: Progress): string {
  const done = progress.samples / progress.samplesPerEpoch;
  const left = `${Math.ceil(progress.secondsLeft)} s left`;
  return [epochName(progress.epoch, progress.epochs), bar(done), ...measures(progress), left].join("  ");
}

/** What an epoch has come to, in one line. */
export function epochLine(report: EpochReport, epochs: number): string {
  // The last steps of some schedules are so small that no fixed number of decimals would show them.
  const rate = `rate ${Number(report.learningRate.toPrecision(3))}`;
  return [epochName(report.epoch, epochs), bar(1), ...measures(report), rate, ...validated(report)].join("  ");
}

function epochName(epoch: number, epochs: number): string {
  const total = String(epochs);
  return `epoch ${String(epoch).padStart(total.length)}/${total}`;
}

function bar(done: number): string {
  const full = Math.round(Math.min(1, done) * BAR_WIDTH);
  return "█".repeat(full) + "░".repeat(BAR_WIDTH - full);
}

function measures({ loss, samplesPerSecond }: { loss: number; samplesPerSecond: number }): string[] {
  return [`loss ${loss.toFixed(4)}`, `${formatCount(samplesPerSecond).padStart(7)} samples/s`];
}

function validated({ validation }: EpochReport): string[] {
  if (!validation) return [];
  const { loss, accuracy } = validation;
  return [`held out: loss ${loss.toFixed(4)}`, ...(accuracy === undefined ? [] : [formatShare(accuracy)])];
}

/** The words of a confusion matrix. */
export interface ConfusionWords {
  /** The names of the classes, in their order. */
  readonly classes: readonly string[];
  /** Before the rows, which are the actual classes. */
  readonly actual: string;
  /** Above the columns, which are the predicted ones. */
  readonly predicted: string;
}

/**
 * The confusion matrix as lines of a table: a row for each actual class, a column for each predicted one, and the share
 * that was right.
 *
 * @param matrix - counts, `[actual][predicted]`
 */
export function confusionTable(
  matrix: readonly (readonly number[])[],
  { classes, actual, predicted }: ConfusionWords,
  paint: Paint = plain,
): string[] {
  const nameWidth = Math.max(...classes.map((name) => name.length));
  const width = Math.max(3, nameWidth, ...matrix.flat().map((count) => String(count).length)) + 2;
  const rows = matrix.map((counts, row) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    const cells = counts.map((count, column) => {
      const cell = (count === 0 ? "·" : String(count)).padStart(width);
      if (row === column) return paint("green", cell);
      return paint(count === 0 ? "dim" : "red", cell);
    });
    const share = total > 0 ? formatShare(counts[row] / total, 1) : "–";
    const name = `${(row === 0 ? actual : "").padEnd(actual.length)} ${classes[row].padStart(nameWidth)}`;
    return `${name}${cells.join("")}${share.padStart(10)}`;
  });
  const indent = " ".repeat(actual.length + 1 + nameWidth);
  const head = classes.map((name) => name.padStart(width)).join("");
  return [`${indent}${" ".repeat(width - nameWidth)}${predicted}`, `${indent}${head}${"right".padStart(10)}`, ...rows];
}
