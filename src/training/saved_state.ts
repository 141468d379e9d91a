import { DownhillError, describe } from "../errors.ts";

/**
 * A number of a state that comes out of a checkpoint.
 *
 * @param where - what the state belongs to, for the error
 * @throws DownhillError `ERR_CHECKPOINT` when it is missing or no number that `accepts` passes
 */
export function savedNumber(
  state: unknown,
  name: string,
  where: string,
  accepts: (value: number) => boolean = Number.isFinite,
): number {
  const value = fieldOf(state, name);
  if (typeof value === "number" && accepts(value)) return value;
  throw new DownhillError(
    "ERR_CHECKPOINT",
    `the checkpoint's ${where}.${name} is ${describe(value)}, which no training leaves there`,
  );
}

/** The same where null stands for "none yet", which is undefined here. */
export function savedNumberOrNone(
  state: unknown,
  name: string,
  where: string,
  accepts?: (value: number) => boolean,
): number | undefined {
  return fieldOf(state, name) === null ? undefined : savedNumber(state, name, where, accepts);
}

/** Whether a number counts something. */
export function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function fieldOf(state: unknown, name: string): unknown {
  return (state as Record<string, unknown> | null | undefined)?.[name];
}
