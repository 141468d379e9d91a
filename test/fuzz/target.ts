import type { Chance } from "./chance.ts";

/** Something that is given inputs it does not expect. */
export interface Target {
  readonly name: string;
  /** How many inputs it is given, and with `--quick`. */
  readonly inputs: number;
  readonly quick: number;
  /** The largest the process may become meanwhile, in MiB: no input of this target justifies more. */
  readonly mostMemory: number;
  /** Why it cannot be fuzzed here, if it cannot. */
  readonly missing?: () => string | undefined;
  /** Makes what all inputs share. */
  open(): Promise<Trial>;
}

export interface Trial {
  /**
   * Tries one input.
   *
   * @returns `READ`, or the code of the error that refused it
   * @throws whatever it should not have come to
   */
  run(chance: Chance): string | Promise<string>;
  close?(): void;
}

/** What became of an input that was taken. */
export const READ = "read";

/** For an input that was taken or refused otherwise than it should have been. */
export function fail(message: string, cause?: unknown): never {
  throw new Error(message, { cause });
}

/** The code of the error that refused an input, one of those that the documentation names. */
export function refusal(error: unknown, codes: readonly string[]): string {
  const { name, code, message } = error as Error & { code?: string };
  if (name === "DownhillError" && code !== undefined && codes.includes(code)) return code;
  fail(`expected ${codes.join(" or ")}, got ${name} ${code ?? ""}: ${message}`, error);
}
