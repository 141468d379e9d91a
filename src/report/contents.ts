import type { Network } from "../network.ts";
import type { Diagnosis } from "../training/diagnose.ts";
import type { History } from "../training/fit_options.ts";
import type { Evaluation } from "../training/metrics.ts";
import type { Answers } from "./answers.ts";
import type { ResolvedReportOptions } from "./report_options.ts";

/** All that a report is made of. */
export interface Contents {
  readonly network: Network;
  /** Undefined without a training, and without an epoch. */
  readonly history: History | undefined;
  readonly evaluation: Evaluation | undefined;
  readonly options: ResolvedReportOptions;
  /** What the classes are called, also where they have no names. */
  readonly classNames: readonly string[];
  /** What the network says to the data; undefined without any. */
  readonly answers: Answers | undefined;
  readonly diagnosis: Diagnosis | undefined;
  /** When it is written. */
  readonly date: Date;
}
