import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { KERNEL_LIST } from "../../src/backend/kernel_list.ts";
import { blockFor, job, network } from "../support/addon_jobs.ts";
import { temporaryFolder } from "../support/folder.ts";
import { requireAddon } from "../support/native.ts";
import { Recording } from "../support/recording.ts";

/**
 * The binaries for musl name no C library when they are built without a compiler for musl. Here one runs on musl itself,
 * in a program that does what little of Node-API it needs, and does the same to the bit as another one does in Node.js.
 */
const addon = requireAddon();
const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const binary = path("prebuilds/linuxmusl-x64/downhill.node");
const missing =
  process.platform !== "linux" || process.arch !== "x64"
    ? "this is not Linux on x64"
    : !existsSync(binary)
      ? "prebuilds/linuxmusl-x64/downhill.node is not built"
      : spawnSync("musl-gcc", ["--version"]).status !== 0
        ? "there is no musl-gcc"
        : undefined;
if (missing && process.env.CI && process.platform === "linux" && process.arch === "x64") throw new Error(missing);
if (missing) console.log(`The binary for musl is not run: ${missing}`);

/** Values that are neither small whole numbers nor the same twice. */
function fill<A extends Float32Array | Float64Array>(array: A): A {
  return array.map((_, i) => Math.sin(i + 1) / 4) as A;
}

const SAMPLES = 3;
const ROWS = 37;
const INPUTS = 44;

/** Calls every kernel and trains and evaluates networks, on several threads, with each instruction set and arithmetic. */
async function record(): Promise<Recording> {
  const recording = new Recording();
  for (const dtype of ["float32", "float64"] as const) {
    // A root of less than nothing would be NaN, whose bits are nobody's promise.
    const values = (length: number) =>
      fill(dtype === "float64" ? new Float64Array(length) : new Float32Array(length)).map(Math.abs);
    const lengths = { rows: ROWS, inputs: INPUTS, first: ROWS * INPUTS };
    for (let selector = 0; selector < 2 * addon.instructionSets.length; selector++) {
      for (const { name, takesMatrix, operands } of KERNEL_LIST) {
        const matrix = takesMatrix ? [values(ROWS * (INPUTS + 1)), ROWS, INPUTS + 1] : [];
        const vectors = operands.map(({ length, perSample }) =>
          values((typeof length === "number" ? length : lengths[length]) * (perSample ? SAMPLES : 1)),
        );
        // No kernel takes more than two scalars.
        await recording.call(name, addon.kernels[name], selector, ...matrix, ...vectors, 0.25, 0.5);
      }
      for (const name of ["train", "evaluate", "evaluateSync"] as const) {
        await recording.call(name, addon[name], selector, threadedJob(dtype));
      }
    }
  }
  return recording;
}

/** Large enough for its threads to be started, and with time enough to end. */
function threadedJob(dtype: "float32" | "float64") {
  const samples = 128;
  const made = network(dtype, [INPUTS * 8, 400, 300, 2]);
  const { arena, parameters } = made.state;
  parameters.set(fill(parameters.slice()));
  return job({
    arena,
    inputs: fill(new Float32Array(samples * INPUTS * 8)),
    targets: Uint32Array.from({ length: samples }, (_, i) => i % 2),
    order: Uint32Array.from({ length: samples }, (_, i) => samples - 1 - i),
    to: samples,
    outputs: dtype === "float64" ? new Float64Array(samples * 2) : new Float32Array(samples * 2),
    block: blockFor(samples, made),
    gradient: parameters.slice(),
    batchSize: 64,
    budgetSeconds: 1000,
    threads: 3,
  }) as Record<string, number | Float64Array>;
}

describe.skipIf(missing !== undefined)("the binary for musl", () => {
  // Not made where nothing runs that would take it away.
  const folder = missing === undefined ? temporaryFolder() : "";

  it("does on musl what another does in Node.js, to the bit", async () => {
    const host = join(folder, "musl_host");
    const headers = createRequire(import.meta.url)("node-api-headers").include_dir;
    const source = path("test/support/musl_host.c");
    execFileSync("musl-gcc", ["-std=c11", "-O1", "-rdynamic", "-isystem", headers, "-o", host, source, "-ldl"]);
    const recording = await record();
    const file = join(folder, "recording");
    writeFileSync(file, recording.bytes);
    // What is loaded before Node.js, such as a sanitizer, is for another C library.
    const env = { ...process.env, LD_PRELOAD: "" };
    const { status, stdout, stderr } = spawnSync(host, [binary, file], { encoding: "utf8", env });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(new RegExp(`^${recording.calls} calls, `));
  });
});
