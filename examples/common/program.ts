import { DownhillError } from "downhill";
import { CommandError, errorCode } from "./errors.ts";

/** The signals that ask a program to end, and the exit status that tells of each. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs a program. What its user has to know of a failure goes to standard error in one line; a mistake in the program is
 * shown in full. SIGINT and SIGTERM abort the signal it is given; the same one again ends it at once.
 *
 * @param name - put before the message of a failure
 */
export async function runProgram(name: string, main: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const interruption = new AbortController();
  for (const [signal, status] of Object.entries(SIGNALS)) {
    process.once(signal, () => {
      process.exitCode = status;
      interruption.abort(new CommandError("interrupted"));
    });
  }
  // Whoever reads the output may stop early, as `head` does.
  process.stdout.on("error", (error) => {
    if (errorCode(error) !== "EPIPE") throw error;
    process.exit();
  });
  try {
    await main(interruption.signal);
  } catch (caught) {
    const error = withoutAbortError(caught, interruption.signal);
    if (!isForUser(error)) throw error;
    process.exitCode ||= 1;
    console.error(`${name}: ${error.message}`);
  }
}

/** Prints lines on standard output. */
export function print(lines: readonly string[]): void {
  for (const line of lines) console.log(line);
}

/** Streams put an error of their own around the reason of a signal. */
function withoutAbortError(error: unknown, { aborted, reason }: AbortSignal): unknown {
  return aborted && errorCode(error) === "ABORT_ERR" ? reason : error;
}

/** Whether an error's message is meant for the user; any other is a mistake in the program. */
function isForUser(error: unknown): error is Error {
  return (
    error instanceof CommandError ||
    error instanceof DownhillError ||
    // The operating system's answers, such as ENOSPC, carry the name of the call.
    (errorCode(error) !== undefined && "syscall" in (error as Error))
  );
}
