import { PbfWriter } from "pbf";
import type { Histogram } from "./histogram.ts";
import { tfRecord } from "./records.ts";

// Messages and field numbers: TensorBoard, `compat/proto/event.proto`, `summary.proto` and `histogram.proto`.

/** One curve's value at a step, or one histogram. */
export type SummaryValue = { readonly tag: string } & ({ readonly scalar: number } | { readonly histogram: Histogram });

/** The first event of every file. */
export function versionRecord(wallTime: number): Uint8Array {
  return eventRecord(wallTime, 0, (event) => event.writeStringField(3, "brain.Event:2"));
}

/** `SessionLog.START`: whatever else the folder holds from this step on is out of date. */
const SESSION_START = 1;

/** Says that a training begins, or goes on, with this step. */
export function sessionRecord(wallTime: number, step: number): Uint8Array {
  return eventRecord(wallTime, step, (event) => {
    event.writeMessage(7, (status: number, session: PbfWriter) => session.writeVarintField(1, status), SESSION_START);
  });
}

/** @param wallTime - seconds since 1970 */
export function summaryRecord(wallTime: number, step: number, values: readonly SummaryValue[]): Uint8Array {
  return eventRecord(wallTime, step, (event) => event.writeMessage(5, writeSummary, values));
}

function eventRecord(wallTime: number, step: number, write: (event: PbfWriter) => void): Uint8Array {
  const event = new PbfWriter();
  event.writeDoubleField(1, wallTime);
  event.writeVarintField(2, step);
  write(event);
  return tfRecord(event.finish());
}

function writeSummary(values: readonly SummaryValue[], summary: PbfWriter): void {
  for (const value of values) summary.writeMessage(1, writeValue, value);
}

function writeValue(value: SummaryValue, writer: PbfWriter): void {
  writer.writeStringField(1, value.tag);
  if ("scalar" in value) writer.writeFloatField(2, value.scalar);
  else writer.writeMessage(5, writeHistogram, value.histogram);
}

function writeHistogram(histogram: Histogram, writer: PbfWriter): void {
  const { min, max, count, sum, sumSquares, limits, buckets } = histogram;
  for (const [i, value] of [min, max, count, sum, sumSquares].entries()) writer.writeDoubleField(i + 1, value);
  writer.writePackedDouble(6, [...limits]);
  writer.writePackedDouble(7, [...buckets]);
}
