import type { Colors } from "../output/colors.ts";
import { count, duration, percent, short } from "../output/numbers.ts";
import { tableOf } from "../output/table.ts";
import { isTrained, type Outcome } from "./outcome.ts";
import type { Search } from "./sweep_job.ts";

/** The table of all points, best first. */
export function rankingText(ranking: readonly Outcome[], { parameters }: Search, colors: Colors): string {
  const names = Object.keys(parameters);
  const hasAccuracy = ranking.some((outcome) => isTrained(outcome) && outcome.validation.accuracy !== undefined);
  const measured = hasAccuracy ? ["accuracy", "loss", "epoch", "time"] : ["loss", "epoch", "time"];
  const rows = ranking.map((outcome, i) => {
    const place = [count(i + 1), count(outcome.point), ...names.map((name) => valueText(outcome.parameters[name]))];
    if (!isTrained(outcome)) return [...place, ...measured.map(() => ""), colors.red(outcome.error)];
    const { epoch, epochs, seconds, validation } = outcome;
    const { loss, accuracy } = validation;
    const which = epoch === epochs ? count(epoch) : `${count(epoch)} of ${count(epochs)}`;
    const numbers = [short(loss), which, duration(seconds)];
    return [...place, ...(hasAccuracy ? [accuracy === undefined ? "" : percent(accuracy)] : []), ...numbers, ""];
  });
  const numbers = ["rank", "point", ...names.map(shortName), ...measured];
  const last = ranking.every(isTrained) ? "" : "failed";
  return tableOf([...numbers, last], rows, [...numbers.map(() => "right" as const), "left"], colors);
}

/** A point that is done, in a line. */
export function outcomeText(outcome: Outcome): string {
  const parameters = Object.entries(outcome.parameters)
    .map(([name, value]) => `${shortName(name)} ${valueText(value)}`)
    .join(", ");
  if (!isTrained(outcome)) return `${parameters}: failed: ${outcome.error}`;
  const { loss, accuracy } = outcome.validation;
  const reached = accuracy === undefined ? "" : `, accuracy ${percent(accuracy)}`;
  return `${parameters}: loss ${short(loss)}${reached} (${duration(outcome.seconds)})`;
}

/** Without the section, which a person has written next to it. */
function shortName(name: string): string {
  return name.slice(name.indexOf(".") + 1);
}

function valueText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
