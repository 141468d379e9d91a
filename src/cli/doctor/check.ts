import { reasonOf } from "../../errors.ts";

/** What was looked at, and what was found. */
export interface Check {
  readonly name: string;
  readonly outcome: Outcome;
  /** What was found, in a sentence without a full stop. */
  readonly detail: string;
  /** What can be done about it. */
  readonly advice?: string;
}

/** `failed`: something is broken. `warning`: it works, but less well than it could. `skipped`: there was nothing to check. */
export type Outcome = "ok" | "failed" | "warning" | "skipped";

/** Looks at something; that this throws is a finding too. */
export async function checked(name: string, look: () => Promise<Omit<Check, "name">> | Omit<Check, "name">) {
  try {
    return { name, ...(await look()) };
  } catch (error) {
    return { name, outcome: "failed" as const, detail: reasonOf(error) };
  }
}
