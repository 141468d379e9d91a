import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../../src/random.ts";

/** A search with 20 points, of which no two come to the same. */
export const SEARCH = {
  method: "random",
  points: 20,
  seed: 5,
  parameters: {
    "fit.learningRate": { min: 0.001, max: 0.1, scale: "log" },
    "fit.batchSize": [4, 8],
    "network.layers": [[6], [4, 3]],
  },
};

/** Two kinds of points, one around (0, 0) and one around (1, 1). */
export function pointsCsv(rows = 60): string {
  const random = new Random(11);
  const lines = Array.from({ length: rows }, (_, i) => {
    const kind = i % 2;
    return `${(kind + random.normal()).toFixed(4)},${(kind + random.normal()).toFixed(4)},${["near", "far"][kind]}`;
  });
  return ["x,y,kind", ...lines, ""].join("\n");
}

/**
 * Puts data and a job into a folder, which is made.
 *
 * @returns the job's path
 */
export function writeSweepJob(folder: string, sweep: object = SEARCH, more: object = {}): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "points.csv"), pointsCsv());
  const job = { data: { csv: "points.csv", target: "kind" }, fit: { epochs: 3 }, ...more, sweep };
  const path = join(folder, "job.json");
  writeFileSync(path, JSON.stringify(job, null, 2));
  return path;
}

/** The points of a ranking without their times. */
export function timeless(ranking: readonly Record<string, unknown>[]): Record<string, unknown>[] {
  return ranking.map(({ seconds: _, ...outcome }) => outcome);
}

/** The ranking at the end of what `--json` prints. */
export function rankingOf(stdout: string): Record<string, unknown>[] {
  const lines = stdout.trimEnd().split("\n");
  return timeless(JSON.parse(lines[lines.length - 1]).ranking);
}
