import { expect } from "vitest";
import { CommandError } from "../../examples/common/errors.ts";
import { rejectionOf, thrownBy } from "./errors.ts";

/** The message of the CommandError that an action throws; it is a single line. */
export function commandErrorOf(action: () => unknown): string {
  return messageOf(thrownBy(action));
}

/** The message of the CommandError that a promise is rejected with; it is a single line. */
export async function commandRejectionOf(promise: Promise<unknown>): Promise<string> {
  return messageOf(await rejectionOf(promise));
}

function messageOf(error: unknown): string {
  expect(error).toBeInstanceOf(CommandError);
  const { message } = error as CommandError;
  expect(message).not.toContain("\n");
  return message;
}
