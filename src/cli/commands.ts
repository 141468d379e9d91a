import type { Command } from "commander";
import { registerInspect } from "./commands/inspect.ts";
import type { Context } from "./context.ts";

/**
 * Adds a command to the program. What it takes is said here, with examples; what it does is loaded when it is called, so that
 * `--help` waits for nothing.
 */
export type Register = (program: Command, context: Context) => void;

/** In the order of the help. */
export const COMMANDS: readonly Register[] = [registerInspect];
