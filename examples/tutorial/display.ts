import type { Matrix, Values } from "downhill";
import type { LayerState, LayerStep, Milestone } from "./experiments.ts";

/** A block of lines with its title above; blocks can stand side by side. */
type Block = readonly string[];

/** A matrix, row by row, the biases set apart by a bar. */
function matrixBlock(title: string, { rows, columns, data }: Matrix): Block {
  const numbers = Array.from(data, (value) => value.toFixed(4));
  const width = Math.max(...numbers.map((text) => text.length));
  const lines = Array.from({ length: rows }, (_, row) => {
    const cells = numbers.slice(row * columns, (row + 1) * columns).map((text) => text.padStart(width));
    return `[ ${cells.slice(0, -1).join("  ")} | ${cells[columns - 1]} ]`;
  });
  return [title, ...lines];
}

function columnBlock(title: string, values: Values): Block {
  const numbers = Array.from(values, (value) => value.toFixed(4));
  const width = Math.max(...numbers.map((text) => text.length));
  return [title, ...numbers.map((text) => `[ ${text.padStart(width)} ]`)];
}

function sideBySide(blocks: readonly Block[]): string[] {
  const height = Math.max(...blocks.map((block) => block.length));
  const widths = blocks.map((block) => Math.max(...block.map(shownLength)));
  return Array.from({ length: height }, (_, line) =>
    blocks
      .map((block, i) => {
        const text = block[line] ?? "";
        return text + " ".repeat(widths[i] - shownLength(text));
      })
      .join("   ")
      .trimEnd(),
  );
}

/** Every matrix of a step, layer under layer. */
export function stepLines(layers: readonly LayerStep[]): string[] {
  return layers.flatMap(({ before, psi, gradient, after }, layer) => [
    ...sideBySide([
      matrixBlock(`W${layer} before`, before),
      columnBlock("ψ", psi),
      matrixBlock("gradient ψ x̂ᵀ", gradient),
      matrixBlock(`W${layer} after`, after),
    ]),
    "",
  ]);
}

/** Steps, outputs and loss as columns. */
export function milestoneLine({ steps, outputs, loss }: Milestone): string {
  const numbers = outputs.map((output) => output.toFixed(6));
  return [String(steps).padStart(7), ...numbers, loss.toExponential(2)].join("   ");
}

/** What stands above the columns of `milestoneLine`. */
export const MILESTONE_HEADER = `  steps   ${"y1".padEnd(8)}   ${"y2".padEnd(8)}   loss`;

/** The state of every layer as a table. */
export function stateLines(states: readonly LayerState[]): string[] {
  const header = ["layer", "units", "z = W x̂", "outputs", "exactly 1", "‖gradient‖"];
  const rows = states.map(({ units, sums, outputs, saturated, gradientNorm }, layer) => [
    String(layer),
    String(units),
    rangeText(sums, 2),
    rangeText(outputs, 6),
    String(saturated),
    gradientNorm === 0 ? "0" : gradientNorm.toExponential(3),
  ]);
  const widths = header.map((title, c) => Math.max(...[title, ...rows.map((row) => row[c])].map(shownLength)));
  return [header, ...rows].map((row) =>
    row.map((cell, c) => " ".repeat(widths[c] - shownLength(cell)) + cell).join("   "),
  );
}

function rangeText([smallest, largest]: readonly [number, number], decimals: number): string {
  // An output below 1 that rounds to 1 would look as if it were saturated.
  const text = (value: number) => (value === 1 ? "1" : value.toFixed(decimals));
  return smallest === largest ? text(smallest) : `${text(smallest)} … ${text(largest)}`;
}

/** How many columns of a terminal a text takes: combining marks, such as the hat of x̂, take none. */
function shownLength(text: string): number {
  return text.replace(/\p{Mark}/gu, "").length;
}
