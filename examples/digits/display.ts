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

/** The state of an epoch under way, in one line. */
export function progressLine(progress: Progress): string {
  const done = progress.samples / progress.samplesPerEpoch;
  const left = `${Math.ceil(progress.secondsLeft)} s left`;
  return [epochName(progress.epoch, progress.epochs), bar(done), ...measures(progress), left].join("  ");
}

/** What an epoch has come to, in one line. */
export function epochLine(report: EpochReport, epochs: number): string {
  return [epochName(report.epoch, epochs), bar(1), ...measures(report), `rate ${report.learningRate.toFixed(3)}`].join(
    "  ",
  );
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

/**
 * The confusion matrix as lines of a table: a row for each digit that was written, a column for each that was read,
 * and the share that was read right.
 *
 * @param matrix - counts, `[actual][predicted]`
 */
export function confusionTable(matrix: readonly (readonly number[])[], paint: Paint = plain): string[] {
  const width = Math.max(3, ...matrix.flat().map((count) => String(count).length)) + 2;
  const rowName = "written ";
  const head = matrix.map((_, digit) => String(digit).padStart(width)).join("");
  const rows = matrix.map((counts, actual) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    const cells = counts.map((count, predicted) => {
      const cell = (count === 0 ? "·" : String(count)).padStart(width);
      if (actual === predicted) return paint("green", cell);
      return paint(count === 0 ? "dim" : "red", cell);
    });
    const share = total > 0 ? formatShare(counts[actual] / total, 1) : "–";
    return `${actual === 0 ? rowName : " ".repeat(rowName.length)}${actual}${cells.join("")}${share.padStart(10)}`;
  });
  const indent = " ".repeat(rowName.length + 1);
  return [`${indent}${" ".repeat(width - 1)}read as`, `${indent}${head}${"right".padStart(10)}`, ...rows];
}

/** A drawing and the words under it. */
export interface Picture {
  /** Lines of equal length. */
  readonly lines: readonly string[];
  /** No longer than the lines. */
  readonly caption: string;
}

/** Puts pictures side by side, as many as the columns allow, row under row. */
export function gallery(pictures: readonly Picture[], columns = 80, gap = 3): string[] {
  const lines: string[] = [];
  let row: Picture[] = [];
  const flush = () => {
    if (row.length === 0) return;
    if (lines.length > 0) lines.push("");
    const spacer = " ".repeat(gap);
    const join = (parts: string[]) => lines.push(parts.join(spacer).trimEnd());
    for (let line = 0; line < row[0].lines.length; line++) join(row.map((picture) => picture.lines[line]));
    join(row.map((picture) => picture.caption.padEnd(picture.lines[0].length)));
    row = [];
  };
  let used = 0;
  for (const picture of pictures) {
    const width = picture.lines[0].length;
    if (row.length > 0 && used + gap + width > columns) flush();
    used = row.length === 0 ? width : used + gap + width;
    row.push(picture);
  }
  flush();
  return lines;
}
