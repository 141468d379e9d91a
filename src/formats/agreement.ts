import { DownhillError, describe } from "../errors.ts";
import { resolveActivation } from "../options.ts";
import type { SavedModel } from "../saved_model.ts";
import type { Activation } from "../types.ts";
import type { ForeignChoices } from "./model_format.ts";

/**
 * Sees to it that a network is read as it was asked for: a choice that the file makes otherwise is neither ignored nor does
 * it overrule the file.
 *
 * @throws DownhillError `ERR_OPTION` for a choice that contradicts the file, or that is none
 */
export function assertAgreement(model: SavedModel, choices: ForeignChoices): void {
  const last = model.layers.length - 1;
  for (const [l, { activation }] of model.layers.entries()) {
    const option = l === last ? "outputActivation" : "activation";
    const chosen = choices[option];
    if (chosen === undefined) continue;
    const isOutput = l === last;
    const asked = resolveActivation(chosen, `options.${option}`, isOutput);
    const said = resolveActivation(activation, `layers[${l}].activation`, isOutput);
    const isSame =
      asked.kind === said.kind &&
      asked.parameter === said.parameter &&
      asked.derivativeParameter === said.derivativeParameter;
    if (!isSame) throw contradiction(option, wordsOf(chosen), `${wordsOf(activation)} for layer ${l}`);
  }
  for (const option of ["loss", "dtype", "arithmetic", "seed"] as const) {
    const [asked, said] = [choices[option], model[option]];
    if (asked !== undefined && asked !== said) throw contradiction(option, describe(asked), describe(said));
  }
}

function contradiction(option: string, asked: string, said: string): DownhillError {
  return new DownhillError(
    "ERR_OPTION",
    `options.${option} is ${asked}, but the file says ${said}; leave the option out`,
  );
}

function wordsOf(activation: Activation): string {
  return JSON.stringify(activation);
}
