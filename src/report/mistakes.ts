import { type CsvEncoding, widthOf } from "../data/encoding.ts";
import type { ImageShape } from "../data/origin.ts";
import type { Dataset } from "../dataset.ts";
import { rawInput, type WrongClass } from "./answers.ts";
import type { Contents } from "./contents.ts";
import { type Content, type Html, html } from "./html.ts";
import { greyPictures, type Picture } from "./pictures.ts";
import { missing, section, table } from "./section.ts";
import { number, several, shortened } from "./words.ts";

/** So many values of an input are listed, and of an output. */
const MOST_VALUES = 24;
const MOST_OUTPUTS = 4;

/** The samples that the network got most wrong. */
export function mistakes(contents: Contents): Html | undefined {
  const { answers, options, evaluation } = contents;
  const { data } = options;
  const title = "Worst mistakes";
  if (!data || !answers) {
    return (
      evaluation &&
      missing("mistakes", title, html`Give the data that was evaluated as <code>options.data</code> to see them.`)
    );
  }
  if (data.classes === undefined) return estimates(contents, data, title);
  const wrong = answers.wrongClasses;
  if (wrong.length === 0)
    return missing("mistakes", title, `None of ${several(data.size, "sample")} was taken for another class.`);
  const words = [
    `The ${several(wrong.length, "mistake")} that the network was surest of, with the output for what it said. Look whether a ` +
      "person would have told them right. Bad: clear samples, which more training or a larger network may learn; and wrong " +
      "labels.",
  ];
  const { imageShape } = options;
  if (imageShape) {
    const { pictures, isInk } = greyPictures(
      wrong.map(({ index }) => rawInput(data, index)),
      imageShape,
    );
    words.push(
      isInk
        ? "The higher a value, the darker its pixel (on dark paper, the lighter)."
        : "The higher a value, the lighter its pixel.",
    );
    return section("mistakes", title, words, pictureList(wrong, pictures, imageShape, isInk, contents.classNames));
  }
  const rows = wrong.map(({ index, actual, predicted, score }) => [
    html`<bdi>${shortened(contents.classNames[actual], 60)}</bdi>`,
    html`<bdi>${shortened(contents.classNames[predicted], 60)}</bdi>`,
    score.toFixed(3),
    inputsOf(contents, data, index),
  ]);
  const columns = [{ name: "was" }, { name: "taken for" }, { name: "output", isNumber: true }, { name: "inputs" }];
  return section("mistakes", title, words, table(columns, rows));
}

/** The answers that are furthest off, for data without classes. */
function estimates(contents: Contents, data: Dataset, title: string): Html {
  const words = [
    `The ${several(contents.answers?.furthest.length ?? 0, "sample")} whose targets the network missed by most. Look whether they ` +
      "have something in common, and whether their targets are right.",
  ];
  const rows = (contents.answers?.furthest ?? []).map(({ index, target, output }) => [
    vector(target, MOST_OUTPUTS),
    vector(output, MOST_OUTPUTS),
    inputsOf(contents, data, index),
  ]);
  const isNumber = data.targetSize === 1;
  const columns = [{ name: "target", isNumber }, { name: "answer", isNumber }, { name: "inputs" }];
  return section("mistakes", title, words, table(columns, rows));
}

function vector(values: Float64Array, most: number): string {
  const shown = Array.from(values.subarray(0, most), (value) => number(value)).join(", ");
  return values.length > most ? `${shown}, …` : shown;
}

function pictureList(
  wrong: readonly WrongClass[],
  pictures: readonly Picture[],
  { rows, columns }: ImageShape,
  isInk: boolean,
  names: readonly string[],
): Html {
  const kind = isInk ? "ink" : "light";
  return html`<ol class="pictures">${pictures.map((picture, i) => {
    const { index, actual, predicted, score } = wrong[i];
    return html`<li><img class="${kind}" alt="sample ${index}" src="${picture.uri}" style="aspect-ratio:${columns}/${rows}">
<span><b><bdi>${shortened(names[actual], 24)}</bdi></b> as <b class="wrong"><bdi>${shortened(names[predicted], 24)}</bdi></b></span>
<small>${score.toFixed(3)}</small></li>\n`;
  })}</ol>`;
}

/** An input as people gave it: by the names of its columns where they are known. */
function inputsOf({ network }: Contents, data: Dataset, index: number): Content {
  const raw = rawInput(data, index);
  const encoding = network.encoding ?? data.encoding;
  if (!encoding) return html`<span class="inputs">${vector(raw, MOST_VALUES)}</span>`;
  const pairs = namedValues(encoding, raw);
  const left = pairs.length - MOST_VALUES;
  return html`<span class="inputs">${pairs
    .slice(0, MOST_VALUES)
    .map(
      ([name, value]) =>
        html`<span><i><bdi>${shortened(name, 40)}</bdi></i> <bdi>${shortened(value, 40)}</bdi></span> `,
    )}${left > 0 ? html`<span><i>and ${left} more</i></span>` : undefined}</span>`;
}

function namedValues({ columns }: CsvEncoding, raw: Float64Array): (readonly [string, string])[] {
  let first = 0;
  return columns.map((column) => {
    const values = raw.subarray(first, first + widthOf(column));
    first += values.length;
    if (column.type === "number") return [column.name, number(values[0])];
    // Normalizing and back leaves a little besides 0 and 1.
    const found = values.findIndex((value) => value > 0.5);
    return [column.name, found < 0 ? "–" : column.categories[found]];
  });
}
