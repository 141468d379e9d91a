import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Refusal, Reply, Request } from "../peers/protocol.ts";

/** How to start a contender. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What a contender did instead of an answer: it ended, was too slow, or answered something else. */
class ContenderFailure extends Error {
  override readonly name = "ContenderFailure";
}

/** How much of the end of what a process wrote to standard error is kept. */
const KEPT_ERRORS = 4000;

/** How long a process has to end by itself, in milliseconds. */
const GRACE = 2000;

/** A contender's process and the conversation with it: one question at a time. */
export class ContenderProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #title: string;
  #errors = "";
  #ended: string | undefined;
  #waiting: ((outcome: Reply | ContenderFailure) => void) | undefined;

  constructor(title: string, { file, args, env }: Command) {
    this.#title = title;
    this.#child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      const reply = parseReply(line);
      if (reply) this.#settle(reply);
    });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#errors = (this.#errors + text).slice(-KEPT_ERRORS);
    });
    // Writing to a process that has ended fails; its end is reported as such.
    this.#child.stdin.on("error", () => {});
    this.#child.on("error", (error) => this.#end(`cannot be started: ${error.message}`));
    this.#child.on("close", (code, signal) => this.#end(`ended with ${signal ?? `code ${code}`}${this.#lastError()}`));
  }

  /**
   * Asks, and waits for the answer.
   *
   * @param deadline - in seconds; a process that has not answered by then is killed
   * @throws ContenderFailure when there is no answer
   */
  async ask(request: Exclude<Request, { command: "end" }>, deadline: number): Promise<Reply> {
    if (this.#ended !== undefined) throw this.#failure(this.#ended);
    const outcome = await new Promise<Reply | ContenderFailure>((resolve) => {
      const timer = setTimeout(() => {
        this.#settle(this.#failure(`no answer to ${request.command} within ${deadline} s`));
        this.#child.kill("SIGKILL");
      }, deadline * 1000);
      this.#waiting = (answer) => {
        clearTimeout(timer);
        resolve(answer);
      };
      this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    });
    if (outcome instanceof ContenderFailure) throw outcome;
    return outcome;
  }

  /**
   * The most memory that the process ever had, in bytes. What a process learns of itself from `getrusage` begins with
   * what its parent held when it forked, so Linux is asked for the program's own peak.
   */
  async peakMemory(deadline: number): Promise<number> {
    const peak = peakOnLinux(this.#child.pid);
    if (peak !== undefined) return peak;
    const reply = await this.ask({ command: "memory" }, deadline);
    if (reply.reply === "memory") return reply.peakBytes;
    throw this.#failure(`answered ${reply.reply} to memory`);
  }

  /** Tells the process to end, kills it if it does not, and waits for its end. */
  async end(): Promise<void> {
    if (this.#ended !== undefined) return;
    const closed = new Promise<void>((resolve) => this.#child.once("close", () => resolve()));
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), GRACE);
    this.#child.stdin.end(`${JSON.stringify({ command: "end" } satisfies Request)}\n`);
    await closed;
    clearTimeout(timer);
  }

  #settle(outcome: Reply | ContenderFailure): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(outcome);
  }

  #end(why: string): void {
    this.#ended ??= why;
    this.#settle(this.#failure(this.#ended));
  }

  #failure(why: string): ContenderFailure {
    return new ContenderFailure(`${this.#title}: ${why}`);
  }

  #lastError(): string {
    const lines = this.#errors.split("\n").filter((line) => line.trim() !== "");
    const telling = lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1);
    return telling === undefined ? "" : `, saying: ${telling.trim().slice(0, 200)}`;
  }
}

function peakOnLinux(pid: number | undefined): number | undefined {
  try {
    const [, kilobytes] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}

/** A reply, or undefined for other lines that libraries print. */
function parseReply(line: string): Reply | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const value = JSON.parse(line);
    return typeof value.reply === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a reply says that a contender takes no part. */
export function isRefusal(reply: Reply): reply is Refusal {
  return reply.reply === "absent" || reply.reply === "unsupported" || reply.reply === "failed";
}
