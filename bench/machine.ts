import { cpus } from "node:os";
import { backendInfo, kernels } from "downhill";

/** What a measurement belongs to. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly platform: string;
  readonly node: string;
  readonly downhill: string;
  /** Of the native backend; undefined where there is none. */
  readonly isa: string | undefined;
  /** Why there is no native backend. */
  readonly withoutNative: string | undefined;
  /** ISO 8601, UTC */
  readonly date: string;
}

/** The machine, the versions and the moment. */
export function describeMachine(): Machine {
  const { isa, version, reason } = backendInfo();
  const hasNative = kernels.native !== undefined;
  const processors = cpus();
  return {
    // Some systems do not tell their processors.
    cpu: processors[0]?.model.trim() || `unnamed ${process.arch} processor`,
    cores: processors.length,
    platform: `${process.platform}-${process.arch}`,
    node: process.version,
    downhill: version,
    isa: hasNative ? isa : undefined,
    withoutNative: hasNative ? undefined : reason,
    date: new Date().toISOString(),
  };
}

/** The machine as the header of a report. */
export function headerLines(machine: Machine): string[] {
  const { cpu, cores, platform, node, downhill, isa, withoutNative, date } = machine;
  const time = `${date.slice(0, 16).replace("T", " ")} UTC`;
  const first = `${cpu} (${cores} cores, ${platform}), Node ${node}, downhill ${downhill}, isa ${isa ?? "none"}, ${time}`;
  return withoutNative === undefined
    ? [first]
    : [first, `There is no native backend, only TypeScript is measured: ${withoutNative}.`];
}
