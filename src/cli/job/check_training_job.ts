import { resolveCsvOptions } from "../../data/csv_options.ts";
import { resolveNetworkOptions } from "../../options.ts";
import { resolveFitOptions } from "../../training/fit_options.ts";
import { networkOptionsOf } from "./networks.ts";
import type { Place } from "./place.ts";
import {
  type CsvSource,
  type DataSource,
  type FitChoices,
  type HeldOut,
  type NetworkChoices,
  NORMALIZE,
  type TrainingJob,
} from "./training_job.ts";

/** The keys of a training job. */
export const JOB_KEYS = ["data", "test", "validation", "normalize", "network", "fit"] as const;

const CSV_KEYS = [
  "csv",
  "target",
  "header",
  "delimiter",
  "limit",
  "columns",
  "exclude",
  "categories",
  "task",
  "classes",
  "missing",
  "missingValues",
] as const;

const NETWORK_KEYS = [
  "layers",
  "activation",
  "outputActivation",
  "loss",
  "initializer",
  "dtype",
  "arithmetic",
  "seed",
  "backend",
  "threads",
] as const;

const FIT_KEYS = [
  "epochs",
  "batchSize",
  "learningRate",
  "optimizer",
  "weightDecay",
  "clipGradientNorm",
  "dropout",
  "classWeights",
  "shuffle",
  "earlyStopping",
  "statistics",
] as const;

/** Makes a training job of what a file says. */
export function checkTrainingJob(place: Place): TrainingJob {
  return trainingJobOf(place, place.fields(JOB_KEYS));
}

/** The same of the parts of a larger job. */
export function trainingJobOf(
  place: Place,
  fields: { readonly [key in (typeof JOB_KEYS)[number]]?: Place },
): TrainingJob {
  const { data, test, validation, normalize, network, fit } = fields;
  if (!data) throw place.error("has no data");
  return {
    data: checkedData(data),
    ...(test && { test: test.value === "none" ? "none" : checkedHeldOut(test, true) }),
    ...(validation && { validation: checkedHeldOut(validation, false) }),
    ...(normalize && { normalize: normalize.oneOf(NORMALIZE) }),
    ...(network && { network: checkedNetwork(network) }),
    ...(fit && { fit: checkedFit(fit, network) }),
  };
}

function checkedData(place: Place): DataSource {
  if (place.value === "digits") return "digits";
  const { idx, csv, ...rest } = place.fields(["idx", ...CSV_KEYS]);
  if (idx && !csv) {
    const [other] = Object.values(rest);
    if (other) throw other.error("belongs to CSV files");
    return { idx: idx.path() };
  }
  if (!csv || idx) throw place.error('is neither "digits" nor a mapping with idx, a folder, or csv, a file');
  if (!rest.target) throw place.error("has no target, the column that is to be predicted");
  const options = valuesOf(rest) as Omit<CsvSource, "csv">;
  place.checked("options", () => resolveCsvOptions(options));
  return { csv: csv.path(), ...options };
}

function checkedHeldOut(place: Place, mayBeNone: boolean): HeldOut {
  if (typeof place.value === "object") {
    const { csv } = place.fields(["csv"]);
    if (csv) return { csv: csv.path() };
  }
  const none = mayBeNone ? ", or none" : "";
  return place.number(`a share above 0 and below 1, or a mapping with csv${none}`, (share) => share > 0 && share < 1);
}

function checkedNetwork(place: Place): NetworkChoices {
  const fields = place.fields(NETWORK_KEYS);
  fields.layers?.items().forEach((item) => {
    item.integer(1);
  });
  const choices = valuesOf(fields) as NetworkChoices;
  place.checked("options", () => {
    const { options } = networkOptionsOf(choices, "numbers");
    resolveNetworkOptions([1, ...(choices.layers ?? []), 1], options);
  });
  return choices;
}

function checkedFit(place: Place, network: Place | undefined): FitChoices {
  const choices = valuesOf(place.fields(FIT_KEYS)) as FitChoices;
  const { layers } = (network?.value ?? {}) as NetworkChoices;
  // What is monitored is there once the data is.
  const example = { seed: 0, threads: 1, hiddenLayers: layers?.length ?? 1 };
  place.checked("options", () => resolveFitOptions({ epochs: 1, validation: 0.5, ...choices }, example));
  return choices;
}

function valuesOf(fields: Readonly<Record<string, Place | undefined>>): object {
  return Object.fromEntries(Object.entries(fields).map(([key, place]) => [key, place?.value]));
}
