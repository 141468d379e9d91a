import { defineConfig } from "vitest/config";
import { loadAddon } from "./src/backend/loader.ts";
import { PATIENCE } from "./test/support/patience.ts";

// The behaviour of the public API is one suite that runs under every backend; test/support/sentinel.ts makes sure that
// the backend a project is named after is the one that ran. Without a binary the native projects are left out, in words.
const wanted = process.env.DOWNHILL_BACKEND || "auto";
const { addon, attempts } = wanted === "typescript" ? { addon: undefined, attempts: [] } : loadAddon();
if (!addon) {
  const why =
    wanted === "typescript"
      ? "DOWNHILL_BACKEND is typescript"
      : attempts.map(({ path, error }) => `${path}: ${error}`).join("; ");
  if (wanted === "native") throw new Error(`DOWNHILL_BACKEND is native, but there is no binary: ${why}`);
  console.log(`The native backend is not tested: ${why}`);
}

const onBackend = (backend: "native" | "typescript", folders: string[]) => ({
  test: {
    name: backend,
    include: folders.map((folder) => `test/${folder}/**/*.test.ts`),
    env: { DOWNHILL_BACKEND: backend },
    setupFiles: ["test/support/sentinel.ts"],
    testTimeout: 60_000 * PATIENCE,
    hookTimeout: 60_000 * PATIENCE,
  },
});
const onAny = (name: string, setupFiles: string[] = []) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], setupFiles, testTimeout: 120_000 * PATIENCE },
});
const onBinary = (name: string) => onAny(name, ["test/support/binary_sentinel.ts"]);

export default defineConfig({
  test: {
    // The default leaves a core idle, which is half of the machine where there are two.
    maxWorkers: "100%",
    projects: [
      onBackend("typescript", ["api", "golden", "formats"]),
      ...(addon
        ? [onBackend("native", ["api", "golden", "formats", "lifecycle"]), onBinary("parity"), onBinary("addon")]
        : []),
      onAny("unit"),
      onAny("examples"),
      onAny("cli"),
      onAny("report"),
    ],
  },
});
