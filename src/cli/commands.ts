import type { Command } from "commander";
import { registerBench } from "./commands/bench.ts";
import { registerConvert } from "./commands/convert.ts";
import { registerDiagnose } from "./commands/diagnose.ts";
import { registerDoctor } from "./commands/doctor.ts";
import { registerEvaluate } from "./commands/evaluate.ts";
import { registerInspect } from "./commands/inspect.ts";
import { registerPredict } from "./commands/predict.ts";
import { registerSweep } from "./commands/sweep.ts";
import { registerTrain } from "./commands/train.ts";
import type { CommandContext } from "./context.ts";

/**
 * Adds a command to the program. What it takes is said here, with examples; what it does is loaded when it is called, so that
 * `--help` waits for nothing.
 */
export type Register = (program: Command, context: CommandContext) => void;

/** In the order of the help. */
export const COMMANDS: readonly Register[] = [
  registerTrain,
  registerPredict,
  registerEvaluate,
  registerInspect,
  registerDiagnose,
  registerConvert,
  registerSweep,
  registerDoctor,
  registerBench,
];
