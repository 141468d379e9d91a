import { significant } from "../table.ts";
import { type Definition, isLatency } from "../workloads/definitions.ts";

/** Three digits that mean something, thousands apart: `61,200`, `0.280`. */
export function grouped(value: number): string {
  if (!(Math.abs(value) >= 1000)) return significant(value);
  return Number(value.toPrecision(3)).toLocaleString("en-US");
}

/** A rate in the unit of its workload; without one in units a second. */
export function speedText(rate: number, definition?: Pick<Definition, "unit">): string {
  return grouped(definition && isLatency(definition) ? 1e6 / rate : rate);
}

/** `34 %`; small ones with more digits. */
export function percent(share: number): string {
  const hundredths = share * 100;
  return `${hundredths >= 10 || hundredths === 0 ? hundredths.toFixed(0) : hundredths.toPrecision(2)} %`;
}

/** Half the distance of the quartiles as a share of the median: `± 3 %`. */
export function spreadText({ lower, median, upper }: { lower: number; median: number; upper: number }): string {
  return `±${percent((upper - lower) / 2 / median)}`;
}

const BYTE_UNITS = ["B", "kB", "MB", "GB"];

/** In powers of 1000: `14.2 MB`. */
export function bytesText(bytes: number): string {
  const power = Math.min(BYTE_UNITS.length - 1, Math.max(0, Math.floor(Math.log10(bytes) / 3)));
  return `${significant(bytes / 1000 ** power)} ${BYTE_UNITS[power]}`;
}

/** Of a limit: `115 GFLOP/s`, `68.8 GB/s`. */
export function limitRateText(resource: string, rate: number): string {
  return `${significant(rate / 1e9)} ${resource === "read" ? "GB/s" : "GFLOP/s"}`;
}
