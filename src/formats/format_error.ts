import { DownhillError } from "../errors.ts";

/** What is wrong with a file; whoever knows the file's name puts it in front. */
export function formatError(message: string): DownhillError {
  return new DownhillError("ERR_FORMAT", message);
}
