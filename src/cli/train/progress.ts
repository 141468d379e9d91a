import { Presets, SingleBar } from "cli-progress";
import type { EpochReport, FitOptions } from "../../index.ts";
import type { Context } from "../context.ts";
import { duration, percent, short } from "../output/numbers.ts";

/** Who is told how a training goes on. */
export interface TrainingProgress extends Required<Pick<FitOptions, "onEpoch">>, Pick<FitOptions, "onProgress"> {
  /** Leaves the terminal as it was. */
  stop(): void;
}

/** A bar on a terminal, else a line of JSON for each epoch. */
export function progressOf(
  { json, quiet }: { readonly json?: boolean; readonly quiet?: boolean },
  epochs: number,
  { stdout, stderr }: Context,
): TrainingProgress {
  if (json) return linesTo(stdout, epochs);
  if (quiet) return { onEpoch: () => {}, stop: () => {} };
  return stderr.isTTY ? barOn(stderr as NodeJS.WriteStream, epochs) : linesTo(stderr, epochs);
}

function linesTo(output: Context["stdout"], epochs: number): TrainingProgress {
  return {
    onEpoch: (report: EpochReport) => {
      const { epoch, ...rest } = report;
      output.write(`${JSON.stringify({ epoch, epochs, ...rest })}\n`);
    },
    stop: () => {},
  };
}

function barOn(terminal: NodeJS.WriteStream, epochs: number): TrainingProgress {
  const bar = new SingleBar(
    {
      stream: terminal,
      format: "{bar} epoch {epoch}/{epochs}  loss {loss}{validation}  {left}",
      barsize: 24,
      hideCursor: true,
      linewrap: false,
      // The signals are the command's own.
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  let validation = "";
  bar.start(epochs, 0, { epoch: 0, epochs, loss: "", validation, left: "" });
  return {
    onProgress: ({ epoch, samples, samplesPerEpoch, loss, secondsLeft }) => {
      const left = `${duration(secondsLeft)} left`;
      bar.update(epoch - 1 + samples / samplesPerEpoch, { epoch, loss: short(loss), validation, left });
    },
    onEpoch: ({ epoch, loss, validation: found }) => {
      if (found) {
        const accuracy = found.accuracy === undefined ? "" : ` (${percent(found.accuracy)})`;
        validation = `  validation ${short(found.loss)}${accuracy}`;
      }
      bar.update(epoch, { epoch, loss: short(loss), validation });
    },
    stop: () => bar.stop(),
  };
}
