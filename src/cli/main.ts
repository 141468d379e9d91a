#!/usr/bin/env node
import { processContext } from "./context.ts";
import { runCommandLine } from "./program.ts";

process.exitCode = await runCommandLine(process.argv.slice(2), processContext());
// What may still come on the standard input is no reason to stay; a file that is the standard input cannot be told so.
process.stdin.unref?.();
