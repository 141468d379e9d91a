import { checkedNormalization, type Normalization } from "../normalization.ts";
import { optionError } from "../options.ts";
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
