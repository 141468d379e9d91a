import picocolors from "picocolors";
import type { Context, Output } from "../context.ts";

export type Colors = ReturnType<typeof picocolors.createColors>;

/** Colours for an output, or none: see no-color.org and force-color.org. */
export function colorsFor(output: Output, { NO_COLOR, FORCE_COLOR, TERM }: Context["env"]): Colors {
  const isForced = FORCE_COLOR !== undefined && FORCE_COLOR !== "" && FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  const isOff = (NO_COLOR !== undefined && NO_COLOR !== "") || FORCE_COLOR === "0" || FORCE_COLOR === "false";
  return picocolors.createColors(!isOff && (isForced || (output.isTTY === true && TERM !== "dumb")));
}
