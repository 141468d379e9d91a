import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./commit.ts";

/** What is built of what, and how. */
const BUILDS = [
  { product: "dist/index.js", sources: "src", command: "npm run build" },
  { product: "build/Release/downhill.node", sources: "native", command: "npm run build:native" },
];

/** A sentence for each build that may not be of the present sources: what is measured would have the wrong name. */
export function staleBuilds(root = ROOT): string[] {
  return BUILDS.flatMap(({ product, sources, command }) => {
    const path = join(root, product);
    // Without a binary TypeScript is measured, and the header says so.
    if (!existsSync(path) || statSync(path).mtimeMs >= newestIn(join(root, sources))) return [];
    return [`${product} is older than what is in ${sources}; ${command} builds it`];
  });
}

function newestIn(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((newest, entry) => {
    const path = join(folder, entry.name);
    return Math.max(newest, entry.isDirectory() ? newestIn(path) : statSync(path).mtimeMs);
  }, 0);
}
