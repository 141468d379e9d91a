import type { PrepareRequest, Ready, Refusal, Reply, Variant, Workload } from "../peers/protocol.ts";
import { type Command, ContenderProcess, isRefusal } from "./contender_process.ts";

/** Why a contender takes no part. */
export interface NoStart {
  readonly outcome: Refusal["reply"];
  readonly why: string;
}

/** A contender's process, which starts when it is asked to prepare, and what it said then. */
export class Entrant {
  readonly #title: string;
  readonly #command: Command;
  #process: ContenderProcess | undefined;
  #ready: Ready | undefined;
  #noStart: NoStart | undefined;

  constructor(title: string, command: Command) {
    this.#title = title;
    this.#command = command;
  }

  /** What it said of itself; undefined when it does not take part. */
  get ready(): Ready | undefined {
    return this.#ready;
  }

  get noStart(): NoStart | undefined {
    return this.#noStart;
  }

  /** Has it load, check and warm up; one that cannot is ended, so that it does not lie about in memory. */
  async prepare(workload: Workload, variant: Variant, folder: string, deadline: number): Promise<void> {
    const request: PrepareRequest = { command: "prepare", workload, variant, folder };
    try {
      const reply = await this.#started().ask(request, deadline);
      if (reply.reply === "ready") this.#ready = reply;
      else if (isRefusal(reply)) this.#noStart = { outcome: reply.reply, why: reply.why };
      else this.#noStart = { outcome: "failed", why: `answered ${reply.reply} to prepare` };
    } catch (error) {
      this.#noStart = { outcome: "failed", why: (error as Error).message };
    }
    if (!this.#ready) await this.end();
  }

  ask(...question: Parameters<ContenderProcess["ask"]>): Promise<Reply> {
    return this.#started().ask(...question);
  }

  /** Of its process, in bytes; before `prepare` that of a process that has loaded nothing yet. */
  async peakMemory(deadline: number): Promise<number> {
    const process = this.#started();
    // An answer means that the process is up.
    await process.ask({ command: "memory" }, deadline);
    return process.peakMemory(deadline);
  }

  async end(): Promise<void> {
    await this.#process?.end();
  }

  #started(): ContenderProcess {
    this.#process ??= new ContenderProcess(this.#title, this.#command);
    return this.#process;
  }
}
