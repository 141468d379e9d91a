/** A runtime that the smoke program is run in: a row of the table. */
export interface Runtime {
  readonly name: string;
  /** Which prebuilt binary it loads: `linux-x64`. */
  readonly platform: string;
  /** Where it comes from: the npm package with its exact version, and the program in it. Absent: the Node.js that runs this. */
  readonly origin?: { readonly specifier: string; readonly program: string };
  /** Between the program and the script. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What has to serve there; by default `native`, and the instruction set that this machine runs best. */
  readonly backend?: "typescript";
  readonly isa?: string;
  /** A flag of /proc/cpuinfo without which it does not run. */
  readonly processor?: string;
  /** Whether it is one of the few that every submission is tested in. */
  readonly ci?: boolean;
}

const host = `${process.platform}-${process.arch}`;

function nodeOf(platform: string, version: string): NonNullable<Runtime["origin"]> {
  const program = platform === "win-x64" ? "bin/node.exe" : "bin/node";
  return { specifier: `node-${platform}@${version}`, program };
}

/** The first is what the others are compared with, and runs whatever is asked for. All versions are pinned here. */
export const RUNTIMES: readonly Runtime[] = [
  { name: "running", platform: host, ci: true },
  { name: "typescript", platform: host, backend: "typescript", isa: "none", ci: true },
  { name: "avx2", platform: "linux-x64", env: { DOWNHILL_ISA: "avx2" }, isa: "avx2", processor: "avx2", ci: true },
  { name: "node-20", platform: "linux-x64", origin: nodeOf("linux-x64", "20.20.2") },
  { name: "node-22", platform: "linux-x64", origin: nodeOf("linux-x64", "22.23.3") },
  { name: "node-24", platform: "linux-x64", origin: nodeOf("linux-x64", "24.21.0") },
  { name: "node-26", platform: "linux-x64", origin: nodeOf("linux-x64", "26.10.0"), ci: true },
  {
    name: "bun",
    platform: "linux-x64",
    origin: { specifier: "@oven/bun-linux-x64@1.4.5", program: "bin/bun" },
    processor: "avx2",
  },
  {
    name: "deno",
    platform: "linux-x64",
    origin: { specifier: "@deno/linux-x64-glibc@2.9.6", program: "deno" },
    // What the package needs to run on native code and to write checkpoints; nothing is to be fetched.
    args: ["run", "--allow-env", "--allow-read", "--allow-write", "--allow-ffi", "--no-prompt", "--cached-only"],
    env: { DENO_NO_UPDATE_CHECK: "1" },
    ci: true,
  },
  { name: "arm64", platform: "linux-arm64", origin: nodeOf("linux-arm64", "26.12.0"), isa: "neon", ci: true },
  // Node.js 24 does not start on the Wine of Debian 12: V8 is not given the memory that it wants to reserve.
  { name: "windows-20", platform: "win32-x64", origin: nodeOf("win-x64", "20.20.2") },
  { name: "windows-22", platform: "win32-x64", origin: nodeOf("win-x64", "22.23.2") },
];

/**
 * Those of these names, or all; the first of the table comes with them.
 *
 * @throws Error for a name that is not in the table
 */
export function chosenRuntimes(names: readonly string[], isCi: boolean): Runtime[] {
  const unknown = names.find((name) => RUNTIMES.every((runtime) => runtime.name !== name));
  if (unknown !== undefined) {
    const known = RUNTIMES.map(({ name }) => name).join(", ");
    throw new Error(`there is no runtime "${unknown}"; there are ${known}`);
  }
  return RUNTIMES.filter(
    ({ name, ci }, i) => i === 0 || (names.length > 0 ? names.includes(name) : !isCi || ci === true),
  );
}
