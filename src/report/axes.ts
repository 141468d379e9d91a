import { number } from "./words.ts";

/** Where values stand along an axis, and the marks that tell which they are. */

export interface Axis {
  readonly isLogarithmic: boolean;
  /** Where a value stands; logarithms, as numbers that float64 can hardly hold must not be lost. */
  readonly place: (value: number) => number;
  /** The places of its ends. */
  readonly domain: readonly [number, number];
  readonly ticks: readonly Tick[];
}

export interface Tick {
  readonly place: number;
  readonly text: string;
}

/** Round steps that people count in. */
function roundStep(size: number): number {
  const power = 10 ** Math.floor(Math.log10(size));
  const step = [1, 2, 5].find((factor) => factor * power >= size * (1 - 1e-9)) ?? 10;
  return step * power;
}

/** A range is at least this share of its numbers: closer ones take more digits to tell apart than anybody reads. */
const LEAST_RANGE = 1e-5;
/** Smaller ranges are none: their steps would be less than float64 holds. */
const LEAST_SIZE = 1e-290;

/** Round numbers from at most `least` to at least `most`, about `wanted` of them. */
export function roundTicks(least: number, most: number, wanted: number): number[] {
  const size = Math.max(Math.abs(least), Math.abs(most));
  const step = roundStep((size < LEAST_SIZE ? 1 : Math.max(most - least, LEAST_RANGE * size)) / wanted);
  const first = Math.floor(least / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(most / step - 1e-9));
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** A tick in as many digits as it has. */
export function exact(tick: number): string {
  return number(tick, 12);
}

/** An axis with round numbers at its ends. */
export function linearAxis(ticks: readonly number[], text: (value: number) => string = exact): Axis {
  return {
    isLogarithmic: false,
    place: (value) => value,
    domain: [ticks[0], ticks[ticks.length - 1]],
    ticks: ticks.map((tick) => ({ place: tick, text: text(tick) })),
  };
}

/** What powers of ten are multiplied by to get marks: as many of them as there is room for. */
const FACTORS: readonly (readonly number[])[] = [[1, 2, 5], [1, 3], [1]];

/** A logarithmic axis from at most `least` to at least `most`, both above 0, with up to about `wanted` marks. */
export function logarithmicAxis(least: number, most: number, wanted = 7): Axis {
  const candidates = FACTORS.map((factors) => logarithmicTicks(Math.log10(least), Math.log10(most), factors));
  const all = candidates.find((ticks) => ticks.length <= wanted + 1) ?? candidates[candidates.length - 1];
  const step = Math.ceil((all.length - 1) / wanted);
  return {
    isLogarithmic: true,
    place: Math.log10,
    domain: [all[0].place, all[all.length - 1].place],
    ticks: all.filter((_, i) => i % step === 0),
  };
}

/** Marks from at most the logarithm `from` to at least `to`. */
function logarithmicTicks(from: number, to: number, factors: readonly number[]): Tick[] {
  const tickAt = (index: number): Tick => {
    const exponent = Math.floor(index / factors.length);
    const factor = factors[index - exponent * factors.length];
    return { place: exponent + Math.log10(factor), text: scientific(factor, exponent) };
  };
  let index = Math.floor(from) * factors.length;
  while (tickAt(index + 1).place <= from + 1e-9) index++;
  const ticks = [tickAt(index)];
  do ticks.push(tickAt(++index));
  while (ticks[ticks.length - 1].place < to - 1e-9);
  return ticks;
}

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** factor · 10^exponent as people write it. */
function scientific(factor: number, exponent: number): string {
  if (exponent >= -3 && exponent <= 3) return number(factor * 10 ** exponent);
  const digits = Array.from(String(Math.abs(exponent)), (digit) => SUPERSCRIPTS[Number(digit)]).join("");
  return `${factor === 1 ? "" : `${factor}·`}10${exponent < 0 ? "⁻" : ""}${digits}`;
}

/** Epochs at which an axis has a number: the first, the last, and round ones that are not too near to either. */
export function epochTicks(first: number, last: number, wanted: number): number[] {
  if (first === last) return [first];
  const step = Math.max(1, roundStep((last - first) / wanted));
  const round: number[] = [];
  for (let tick = Math.ceil(first / step) * step; tick < last; tick += step) {
    if (tick >= first + 0.6 * step && tick <= last - 0.6 * step) round.push(tick);
  }
  return [first, ...round, last];
}
