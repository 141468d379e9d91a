import { checkedImageShape, type ImageShape } from "../data/origin.ts";
import { type Dataset, samplesOf } from "../dataset.ts";
import { metadataText } from "../metadata.ts";
import type { Network } from "../network.ts";
import { checkedOptions, optionError } from "../options.ts";

/** What a report tells beyond the numbers it is made of. */
export interface ReportOptions {
  /** The data that was evaluated: for the worst mistakes, and the findings of `diagnose`. Default: neither is told. */
  readonly data?: Dataset | undefined;
  /** Default: one that names the layers. */
  readonly title?: string | undefined;
  /** The command that trained the network, for those who want to do it again. */
  readonly command?: string | undefined;
  /** The choices that were made for the training, such as the options of `fit`: an object that JSON can hold. */
  readonly configuration?: Readonly<Record<string, unknown>> | undefined;
  /** How inputs are laid out as images; default: as `data` knows. Without any, inputs are shown as numbers. */
  readonly imageShape?: ImageShape | undefined;
}

/** Options, checked. */
export interface ResolvedReportOptions {
  readonly data: Dataset | undefined;
  readonly title: string | undefined;
  readonly command: string | undefined;
  /** Parsed from JSON, so that it is nothing else. */
  readonly configuration: Readonly<Record<string, unknown>> | undefined;
  readonly imageShape: ImageShape | undefined;
}

/** A title is one line, and a command no program. */
const MOST_CHARACTERS = 10_000;

export function resolveReportOptions(given: ReportOptions | undefined, network: Network): ResolvedReportOptions {
  const { data, title, command, configuration, imageShape } = checkedOptions<ReportOptions>(given, "options", [
    ...(["data", "title", "command", "configuration", "imageShape"] as const),
  ]);
  if (data !== undefined) samplesOf(data, "options.data");
  const text = configuration === undefined ? undefined : metadataText(configuration, "options.configuration");
  return {
    data,
    title: checkedText(title, "options.title"),
    command: checkedText(command, "options.command"),
    configuration: text === undefined ? undefined : JSON.parse(text),
    imageShape:
      imageShape === undefined
        ? data?.imageShape
        : checkedImageShape(imageShape, "options.imageShape", network.layers[0]),
  };
}

function checkedText(given: unknown, where: string): string | undefined {
  if (given === undefined) return undefined;
  if (typeof given === "string" && given.trim() !== "" && given.length <= MOST_CHARACTERS) return given;
  throw optionError(where, given, `a text of at most ${MOST_CHARACTERS} characters`);
}
