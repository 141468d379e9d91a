import { execFileSync } from "node:child_process";
import { interleavedOrder, spreadOf } from "../measure.ts";
import type { ImportResult } from "../report/results.ts";
import type { Installed } from "./packages.ts";

/** Imports packages, one after the other, and prints the milliseconds that it took. */
const PROGRAM = `
const start = performance.now();
for (const name of process.argv.slice(1)) await import(name);
process.stdout.write(String(performance.now() - start));
process.exit();
`;

/** Long enough for any package; one that hangs is left out. */
const TIMEOUT_MS = 60_000;

/** How long importing this package and each peer takes, one fresh process after the other, in turn. */
export function measureImports(
  all: readonly Installed[],
  rounds: number,
  onStep: (text: string) => void,
): ImportResult[] {
  const times = all.map((): number[] => []);
  // The first time files come from disk.
  const warmUps = all.length;
  for (const [turn, index] of interleavedOrder(all.length, rounds + 1).entries()) {
    onStep(all[index].title);
    const milliseconds = timeImport(all[index]);
    if (turn >= warmUps && milliseconds !== undefined) times[index].push(milliseconds);
  }
  return all.flatMap(({ title, version }, i) =>
    times[i].length > 0 ? [{ title, version, milliseconds: spreadOf(times[i]) }] : [],
  );
}

function timeImport({ names, importer }: Installed): number | undefined {
  try {
    const args = ["--input-type=module", "--eval", PROGRAM, ...names];
    const output = execFileSync(process.execPath, args, {
      cwd: importer,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: TIMEOUT_MS,
    });
    // Packages that greet on standard output do so before the number.
    const milliseconds = Number(/[\d.]+$/.exec(output)?.[0]);
    return milliseconds > 0 ? milliseconds : undefined;
  } catch {
    return undefined;
  }
}
