/** An error whose message tells the user all there is to know: shown as one line, without a stack trace. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** The code that Node.js and downhill put on their errors, such as `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === "string" ? code : undefined;
}
