import { expect } from "vitest";
import { DownhillError, type ErrorCode } from "../../src/index.ts";

/** Expects a DownhillError with this code whose message has all of the fragments. */
export function expectError(error: unknown, code: ErrorCode, ...fragments: readonly string[]): DownhillError {
  expect(error).toBeInstanceOf(DownhillError);
  const found = error as DownhillError;
  expect({ code: found.code, message: found.message }).toEqual({ code, message: found.message });
  for (const fragment of fragments) expect(found.message).toContain(fragment);
  return found;
}

/** What an action throws; undefined when it throws nothing. */
export function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** What a promise is rejected with; undefined when it is not. */
export function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
}

/** Expects that an action throws such an error, and gives it. */
export function expectThrown(action: () => unknown, code: ErrorCode, ...fragments: readonly string[]): DownhillError {
  return expectError(thrownBy(action), code, ...fragments);
}

/** Expects that a promise is rejected with such an error, and gives it. */
export async function expectRejected(
  promise: Promise<unknown>,
  code: ErrorCode,
  ...fragments: readonly string[]
): Promise<DownhillError> {
  return expectError(await rejectionOf(promise), code, ...fragments);
}

/** Values of other types, for what would not compile as an argument. */
export function mistyped<T>(value: unknown): T {
  return value as T;
}
