import { CommandError } from "./command_error.ts";
import { EXIT } from "./exit_code.ts";

/** The part of a stream that commands write to. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  /** @param done - called once the text is passed on, or cannot be */
  write(text: string, done?: (error?: Error | null) => void): unknown;
}

/** What a command works with: nothing of the process is reached for elsewhere, so that tests can stand in for it. */
export interface Context {
  /** For results alone, so that they can be piped. */
  readonly stdout: Output;
  /** For progress and messages. */
  readonly stderr: Output;
  readonly stdin: AsyncIterable<Uint8Array> & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by SIGINT and SIGTERM; its reason is an `Interruption`. */
  readonly signal: AbortSignal;
}

/** A context with the words of the command line, without the names of the program and the script. */
export interface CommandContext extends Context {
  readonly argv: readonly string[];
}

/** Ends a command at the user's or the system's wish. */
export class Interruption extends CommandError {
  constructor(signal: "SIGINT" | "SIGTERM") {
    super(`stopped by ${signal}`, { exitCode: signal === "SIGINT" ? EXIT.interrupted : EXIT.terminated });
  }
}

/** The context of this process. The second signal of a kind ends it at once. */
export function processContext(): Context {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => controller.abort(new Interruption(signal)));
  }
  const { stdout, stderr, stdin, env } = process;
  // Whoever reads the output may have seen enough. A command that has to know is told by `print`.
  for (const stream of [stdout, stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") return;
      if (stream !== stderr) stderr.write(`downhill: the output cannot be written: ${error.message}\n`);
      // What is still under way could tell nobody of it.
      process.exit(EXIT.failed);
    });
  }
  return { stdout, stderr, stdin, env, signal: controller.signal };
}
