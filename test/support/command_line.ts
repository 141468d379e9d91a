import type { Output } from "../../src/cli/context.ts";
import { runCommandLine } from "../../src/cli/program.ts";

/** What a command came to. */
export interface CommandOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a command finds around it. */
export interface Surroundings {
  /** What is on the standard input, in these pieces. */
  readonly stdin?: readonly string[];
  /** Whether nothing comes after them, not even an end. */
  readonly isEndless?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether both outputs are a terminal. */
  readonly isTerminal?: boolean;
  readonly signal?: AbortSignal;
  /** Told of each text on the standard output. What it returns is how the text could not be passed on. */
  readonly onOutput?: (text: string) => Error | undefined;
}

/** Runs a command line in this process. */
export async function downhill(argv: readonly string[], around: Surroundings = {}): Promise<CommandOutcome> {
  const {
    stdin = [],
    isEndless = false,
    env = {},
    isTerminal = false,
    signal = new AbortController().signal,
    onOutput,
  } = around;
  const texts = { stdout: "", stderr: "" };
  const output = (name: "stdout" | "stderr"): Output => ({
    isTTY: isTerminal,
    columns: 100,
    write: (text, done) => {
      const failure = name === "stdout" ? onOutput?.(text) : undefined;
      if (!failure) texts[name] += text;
      done?.(failure);
    },
  });
  const input = (async function* () {
    for (const piece of stdin) yield new TextEncoder().encode(piece);
    if (isEndless) await new Promise(() => {});
  })();
  const context = { stdout: output("stdout"), stderr: output("stderr"), stdin: input, env, signal };
  const code = await runCommandLine(argv, context);
  return { code, ...texts };
}

/** The lines of a text as JSON. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}
