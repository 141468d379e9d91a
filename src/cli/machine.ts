import { availableParallelism, cpus } from "node:os";
import { VERSION } from "../version.ts";

/** What runs, and on what. */
export interface Machine {
  readonly downhill: string;
  readonly node: string;
  readonly nodeApi: string;
  readonly platform: string;
  /** The C library, where there is more than one; on Linux. */
  readonly libc: string | undefined;
  readonly cpu: string;
  /** How many threads can run at once. */
  readonly cores: number;
}

export function describeMachine(): Machine {
  const { version, versions, platform, arch } = process;
  return {
    downhill: VERSION,
    node: version,
    nodeApi: versions.napi ?? "unknown",
    platform: `${platform}-${arch}`,
    libc: platform === "linux" ? libcOf() : undefined,
    // Some systems do not tell their processors.
    cpu: cpus()[0]?.model.trim() || `unnamed ${arch} processor`,
    cores: availableParallelism(),
  };
}

/** A process on glibc reports its version; on musl there is none to report. */
function libcOf(): string {
  const report = process.report.getReport() as { readonly header?: { readonly glibcVersionRuntime?: string } };
  const glibc = report.header?.glibcVersionRuntime;
  return glibc ? `glibc ${glibc}` : "musl";
}
