import type { Colors } from "../output/colors.ts";
import { count } from "../output/numbers.ts";
import { tableOf } from "../output/table.ts";
import type { Rate } from "./rates.ts";

/** @param isa - the instruction set of the native backend */
export function ratesText(rates: readonly Rate[], isa: string | undefined, colors: Colors): string {
  const rows = rates.map(({ task, backend, samplesPerSecond: { lower, median, upper } }) => {
    const other = rates.find((rate) => rate.task === task && rate.backend === "typescript");
    return [
      task,
      backend === "native" ? `native, ${isa}` : "TypeScript",
      count(Math.round(median)),
      `${count(Math.round(lower))} … ${count(Math.round(upper))}`,
      other ? `${(median / other.samplesPerSecond.median).toFixed(1)} x` : "",
    ];
  });
  const head = ["task", "backend", "samples/s", "middle half", "ratio"];
  return tableOf(head, rows, ["left", "left", "right", "right", "right"], colors);
}
