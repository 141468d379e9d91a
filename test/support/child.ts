import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { PATIENCE } from "./patience.ts";

/** How a child process ended. */
export interface Outcome {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Variables to set, or to remove where undefined; the others are those of this process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The checkout that this file belongs to. */
export const root = resolve(import.meta.dirname, "../..");

/** The variables of this process without those that the test runner has set for itself. */
export function inheritedEnvironment(): Environment {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_OPTIONS)/.test(name)));
}

/**
 * Runs an ES module in a Node.js process of its own, in which everything of this package is there as `downhill`.
 *
 * @param packageFolder - where the package is loaded from: this checkout by default
 */
export function runScript(script: string, environment: Environment = {}, packageFolder = root): Promise<Outcome> {
  return runCommand(scriptCommand(script, packageFolder), environment);
}

/** The command that `runScript` runs. */
export function scriptCommand(script: string, packageFolder = root): readonly [string, ...string[]] {
  const entry = pathToFileURL(resolve(packageFolder, "src/index.ts")).href;
  const source = `import * as downhill from ${JSON.stringify(entry)};\n${script}`;
  return [process.execPath, "--import", "tsx", "--input-type=module", "--eval", source];
}

/** Runs a program to its end, or for a minute. */
export function runCommand(
  [program, ...words]: readonly [string, ...string[]],
  environment: Environment = {},
): Promise<Outcome> {
  const env = { ...inheritedEnvironment(), ...environment };
  return new Promise((done) => {
    const child = execFile(program, words, { cwd: root, env, timeout: 60_000 * PATIENCE }, (_error, stdout, stderr) => {
      done({ code: child.exitCode, signal: child.signalCode, stdout, stderr });
    });
  });
}
