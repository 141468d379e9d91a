import { STOP } from "../backend/types.ts";
import { optionError } from "../options.ts";

/** An AbortSignal or nothing. */
export function checkedSignal(given: unknown): AbortSignal | undefined {
  if (given === undefined || given instanceof AbortSignal) return given;
  throw optionError("options.signal", given, "an AbortSignal");
}

/** Watches a signal while work runs in chunks. */
export interface Abort {
  throwIfAborted(): void;
  /** Stops watching. */
  release(): void;
}

/**
 * When the signal aborts, the running chunk is told to stop through its control array; the work between chunks asks
 * `throwIfAborted`, which throws the signal's reason.
 */
export function abortOf(signal: AbortSignal | undefined, control: Int32Array): Abort {
  const stop = () => {
    Atomics.store(control, STOP, 1);
  };
  signal?.addEventListener("abort", stop, { once: true });
  return {
    throwIfAborted: () => signal?.throwIfAborted(),
    release: () => signal?.removeEventListener("abort", stop),
  };
}
