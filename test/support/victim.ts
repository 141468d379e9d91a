import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { type Environment, inheritedEnvironment } from "./child.ts";

/** A Node.js process that is there to be killed. It shares this one's standard error. */
export class Victim {
  readonly #child: ChildProcessByStdio<null, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  readonly #end: Promise<unknown>;

  /** @param command - what follows `node` */
  constructor(command: readonly string[], environment: Environment = {}) {
    this.#child = spawn(process.execPath, command, {
      env: { ...inheritedEnvironment(), ...environment },
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#end = once(this.#child, "exit");
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  /** The next line that it prints; undefined once it prints no more. */
  async nextLine(): Promise<string | undefined> {
    const { value, done } = await this.#lines.next();
    return done ? undefined : value;
  }

  /** Ends it in the middle of what it does, unless it has ended. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#end;
  }
}
