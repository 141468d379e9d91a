import { axisX, axisY, cell, text } from "@observablehq/plot";
import type { ClassMetrics } from "../training/class_metrics.ts";
import type { Contents } from "./contents.ts";
import { drawn, type Frame } from "./draw.ts";
import { type Content, type Html, html } from "./html.ts";
import { pngUri } from "./png.ts";
import { missing, section, table } from "./section.ts";
import { counted, several, share, shortened } from "./words.ts";

/** Which classes were taken for which, and how well each is told from the others. */

type Matrix = readonly (readonly number[])[];

/** Up to here each cell of the matrix has its number, and each class its row in the table. */
const MOST_NUMBERED = 20;
/** Up to here the matrix is a picture with a pixel for each cell. */
const MOST_PIXELS = 200;
const MOST_CONFUSIONS = 12;

/** The confusion matrix. */
export function confusion({ evaluation, classNames }: Contents): Html | undefined {
  const matrix = evaluation?.confusionMatrix;
  if (!matrix) return evaluation?.accuracy === undefined ? undefined : missing("confusion", "Confusion", TOO_MANY);
  const classes = matrix.length;
  const meaning =
    "Rows are what samples are, columns what they were taken for. Samples on the diagonal (blue) were told right; the " +
    "stronger an orange cell, the larger a share of its row went astray. Bad: strong orange, and columns of it: a class that " +
    "swallows others.";
  if (classes <= MOST_NUMBERED) {
    const all = Array.from(matrix.keys());
    return section(
      "confusion",
      "Confusion",
      [meaning, commonest(matrix, classNames)],
      heatMap(matrix, all, classNames),
    );
  }
  const confusions = confusionTable(matrix, classNames);
  if (classes <= MOST_PIXELS) {
    const words = [
      meaning,
      `Each of the ${counted(classes)} classes is a row and a column of pixels, the first at the top left.`,
    ];
    return section("confusion", "Confusion", words, [picture(matrix), confusions]);
  }
  const worst = worstClasses(evaluation.perClass ?? [], MOST_NUMBERED).sort((a, b) => a - b);
  const words = [meaning, `Of ${counted(classes)} classes the ${worst.length} with the lowest F1 are shown.`];
  return section("confusion", "Confusion", words, [heatMap(matrix, worst, classNames), confusions]);
}

const TOO_MANY = "There are too many classes for a matrix.";

/** The classes with the lowest F1 that have samples, the worst first. */
function worstClasses(perClass: readonly ClassMetrics[], most: number): number[] {
  const present = Array.from(perClass.keys()).filter((index) => perClass[index].support > 0);
  return present.sort((a, b) => perClass[a].f1 - perClass[b].f1 || a - b).slice(0, most);
}

/** The pairs of classes that were taken for each other most often. */
function confusionsOf(
  matrix: Matrix,
): { readonly actual: number; readonly predicted: number; readonly count: number }[] {
  const found = matrix.flatMap((row, actual) =>
    row.flatMap((count, predicted) => (count > 0 && predicted !== actual ? [{ actual, predicted, count }] : [])),
  );
  return found.sort((a, b) => b.count - a.count).slice(0, MOST_CONFUSIONS);
}

function commonest(matrix: Matrix, names: readonly string[]): Content {
  const [first] = confusionsOf(matrix);
  if (!first) return "Nothing was confused.";
  const { actual, predicted, count } = first;
  return html`Most often <b>${shortened(names[actual], 40)}</b> was taken for <b>${shortened(names[predicted], 40)}</b>:
${several(count, "time")}.`;
}

function confusionTable(matrix: Matrix, names: readonly string[]): Content {
  const found = confusionsOf(matrix);
  if (found.length === 0) return html`<p class="note">Nothing was confused.</p>`;
  const rows = found.map(({ actual, predicted, count }) => [
    shortened(names[actual], 60),
    shortened(names[predicted], 60),
    counted(count),
    share(count / rowSum(matrix[actual]), 1),
  ]);
  const columns = [
    { name: "was" },
    { name: "taken for" },
    { name: "times", isNumber: true },
    { name: "of the class", isNumber: true },
  ];
  return html`<h3>Most frequent confusions</h3>${table(columns, rows)}`;
}

function rowSum(row: readonly number[]): number {
  return row.reduce((sum, count) => sum + count, 0);
}

/** How strong the colour of a cell is: mistakes are rare, so a cube root brings them out. */
function strength(count: number, ofRow: number, isHit: boolean): number {
  const part = ofRow === 0 ? 0 : count / ofRow;
  return isHit ? part : Math.cbrt(part);
}

/** The width of a letter of 11 pixels, about. */
const LETTER = 6.4;

function heatMap(matrix: Matrix, classes: readonly number[], names: readonly string[]): Html {
  const cells = classes.flatMap((actual) =>
    classes.flatMap((predicted) => {
      const count = matrix[actual][predicted];
      return count > 0
        ? [{ actual, predicted, count, strength: strength(count, rowSum(matrix[actual]), actual === predicted) }]
        : [];
    }),
  );
  const digits = counted(cells.reduce((most, { count }) => Math.max(most, count), 0)).length;
  return drawn("Confusion matrix", (frame) => {
    const name = (index: number) => shortened(names[index], nameLength(frame, classes.length));
    const longest = classes.reduce((most, index) => Math.max(most, Array.from(name(index)).length), 1);
    const marginLeft = 24 + LETTER * longest;
    const side = cellSide(frame, marginLeft, classes.length);
    const isUpright = LETTER * longest > side - 4;
    const marginTop = 30 + (isUpright ? LETTER * longest : 10);
    const letters = Math.min(12, (side - 4) / (0.6 * digits));
    return {
      width: frame.width,
      height: marginTop + side * classes.length + 2,
      marginTop,
      marginBottom: 2,
      marginLeft,
      marginRight: frame.width - marginLeft - side * classes.length,
      x: { type: "band", domain: [...classes], padding: 0.04, label: null },
      y: { type: "band", domain: [...classes], padding: 0.04, label: null },
      marks: [
        axisX({
          anchor: "top",
          tickSize: 0,
          tickFormat: name,
          tickRotate: isUpright ? -90 : 0,
          color: "var(--ink)",
          label: null,
        }),
        axisY({ anchor: "left", tickSize: 0, tickFormat: name, color: "var(--ink)", label: null }),
        text(["taken for →"], {
          frameAnchor: "top-left",
          dy: 6 - marginTop,
          fill: "var(--quiet)",
          text: (words) => words,
        }),
        text(["was ↓"], {
          frameAnchor: "top-left",
          dx: 4 - marginLeft,
          dy: -14,
          fill: "var(--quiet)",
          text: (words) => words,
        }),
        cell(
          classes.flatMap((actual) => classes.map((predicted) => ({ actual, predicted }))),
          { x: "predicted", y: "actual", fill: "var(--faint)", className: "ground" },
        ),
        cell(cells, {
          x: "predicted",
          y: "actual",
          fill: ({ actual, predicted }) => (actual === predicted ? "var(--hit)" : "var(--miss)"),
          fillOpacity: "strength",
          className: "cells",
        }),
        ...(letters < 8
          ? []
          : [
              text(cells, {
                x: "predicted",
                y: "actual",
                text: ({ count }) => counted(count),
                fontSize: letters,
                fill: "var(--ink)",
                className: "counts",
              }),
            ]),
      ],
      color: { type: "identity" },
      opacity: { type: "identity" },
    };
  });
}

/** How many letters of a name leave cells of a size that can be read. */
function nameLength({ width }: Frame, classes: number): number {
  return Math.min(24, Math.max(8, Math.floor((width - 28 * classes - 24) / LETTER)));
}

function cellSide({ width }: Frame, marginLeft: number, classes: number): number {
  return Math.floor(Math.min(classes > 5 ? 44 : 60, (width - marginLeft - 4) / classes));
}

/** Middle tones, which stand out on light and on dark paper. */
const HIT = [47, 123, 191];
const MISS = [224, 112, 44];

function picture(matrix: Matrix): Html {
  const classes = matrix.length;
  const pixels = new Uint8Array(4 * classes * classes);
  for (const [actual, row] of matrix.entries()) {
    const sum = rowSum(row);
    for (const [predicted, count] of row.entries()) {
      const isHit = actual === predicted;
      const opacity = Math.round(255 * strength(count, sum, isHit));
      pixels.set([...(isHit ? HIT : MISS), opacity], 4 * (actual * classes + predicted));
    }
  }
  return html`<img class="matrix" alt="Confusion matrix" src="${pngUri(pixels, classes, classes)}">`;
}

/** Precision, recall and F1 of each class. */
export function perClass({ evaluation, classNames }: Contents): Html | undefined {
  const metrics = evaluation?.perClass;
  if (!metrics) return undefined;
  const isAll = metrics.length <= MOST_NUMBERED;
  const shown = isAll ? Array.from(metrics.keys()) : worstClasses(metrics, MOST_NUMBERED);
  const words = [
    "Precision: of the samples taken for the class, the share that are of it. Recall: of the samples of the class, the share " +
      "that were found. F1 is the harmonic mean of both. Bad: a class far below the others, mostly one with few samples.",
    isAll ? undefined : `Of ${counted(metrics.length)} classes the ${shown.length} with the lowest F1 are listed.`,
  ];
  const rows = shown.map((index): Content[] => {
    const { precision, recall, f1, support } = metrics[index];
    return [shortened(classNames[index], 60), bar(precision), bar(recall), bar(f1), counted(support)];
  });
  const { precision, recall, f1, samples } = evaluation;
  if (precision !== undefined && recall !== undefined && f1 !== undefined) {
    rows.push([html`<b>mean of all</b>`, bar(precision), bar(recall), bar(f1), counted(samples)]);
  }
  const columns = [
    { name: "class" },
    { name: "precision", isNumber: true },
    { name: "recall", isNumber: true },
    { name: "F1", isNumber: true },
    { name: "samples", isNumber: true },
  ];
  return section("classes", "Classes", words, html`<div class="bars">${table(columns, rows)}</div>`);
}

/** A share with a bar of its length behind it. */
function bar(value: number): Html {
  const length = Math.min(100, Math.max(0, 100 * value)) || 0;
  return html`<span class="bar" style="--length:${length.toFixed(1)}%">${share(value, 1)}</span>`;
}
