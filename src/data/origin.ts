import { checkedNormalization, type Normalization } from "../normalization.ts";
import { checkedOptions, integer, optionError } from "../options.ts";
import { shapeError } from "../sample_table.ts";
import { type CsvEncoding, checkedEncoding, checkedTexts, inputSizeOf } from "./encoding.ts";

/** What a data set knows about its values beyond themselves; a network that was fitted with it takes it over. */
export interface Origin {
  /** The statistics that the inputs were normalized with. */
  readonly normalization?: Normalization | undefined;
  /** How columns of a CSV file became inputs and targets. */
  readonly encoding?: CsvEncoding | undefined;
  /** What each class is called. */
  readonly classNames?: readonly string[] | undefined;
}

/** How an input is laid out as an image: its values are the image's pixels, row after row. */
export interface ImageShape {
  readonly rows: number;
  readonly columns: number;
}

/** What a data set knows, of which a network takes over the origin. */
export interface DatasetOrigin extends Origin {
  /** Only for inputs that are images. */
  readonly imageShape?: ImageShape | undefined;
}

/**
 * A frozen copy of the shape of images.
 *
 * @throws DownhillError `ERR_OPTION` when it is none, `ERR_SHAPE` when such an image has not as many pixels as an input values
 */
export function checkedImageShape(given: unknown, where: string, inputSize: number): ImageShape {
  if (typeof given !== "object" || given === null) throw optionError(where, given, "an object with rows and columns");
  const shape = checkedOptions<ImageShape>(given, where, ["rows", "columns"]);
  const rows = integer(shape.rows, `${where}.rows`, 1);
  const columns = integer(shape.columns, `${where}.columns`, 1);
  if (rows * columns === inputSize) return Object.freeze({ rows, columns });
  throw shapeError(`${where} is ${rows} × ${columns}, expected ${inputSize} pixels, one for each input`);
}

/**
 * What a file says of the data behind a network with so many inputs and outputs.
 *
 * @throws DownhillError `ERR_OPTION` or `ERR_SHAPE` for what no data set could have left there
 */
export function checkedOrigin(
  { normalization, encoding, classNames }: { readonly [name in keyof Origin]: unknown },
  inputs: number,
  outputs: number,
): Origin {
  return {
    normalization:
      normalization === undefined ? undefined : checkedNormalization(normalization, "normalization", inputs),
    encoding: encoding === undefined ? undefined : checkedFor(checkedEncoding(encoding, "encoding"), inputs),
    classNames: classNames === undefined ? undefined : checkedNames(classNames, outputs === 1 ? 2 : outputs),
  };
}

function checkedFor(encoding: CsvEncoding, inputs: number): CsvEncoding {
  const made = inputSizeOf(encoding);
  if (made === inputs) return encoding;
  throw shapeError(`encoding makes ${made} inputs of a row, expected ${inputs}`);
}

/** A single output stands for two classes. */
function checkedNames(given: unknown, classes: number): readonly string[] {
  const names = checkedTexts(given, "classNames", 1);
  if (names.length === classes) return names;
  throw optionError("classNames", given, `a name for each of ${classes} classes`);
}
