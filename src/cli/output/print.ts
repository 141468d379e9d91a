import { CommandError } from "../command_error.ts";
import type { Output } from "../context.ts";
import { EXIT } from "../exit_code.ts";

/** Nobody reads the output any more, which is no failure: `head` has seen its lines. */
export class OutputClosed extends CommandError {
  constructor() {
    super("nobody reads the output any more", { exitCode: EXIT.done });
  }
}

/**
 * Writes a text, and waits until it is passed on: whoever prints more than memory holds is no faster than its reader.
 *
 * @throws OutputClosed where nobody reads it
 */
export function print(output: Output, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    output.write(text, (error) => {
      if (!error) resolve();
      else reject((error as NodeJS.ErrnoException).code === "EPIPE" ? new OutputClosed() : error);
    });
  });
}
