import { EXIT } from "./exit_code.ts";

/** A failure that is the user's to mend: shown as one message, without a stack trace. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(message: string, options: ErrorOptions & { readonly exitCode?: number } = {}) {
    super(message, options);
    this.exitCode = options.exitCode ?? EXIT.failed;
  }
}

/** What was asked for makes no sense. */
export class UsageError extends CommandError {
  constructor(message: string) {
    super(message, { exitCode: EXIT.usage });
  }
}
