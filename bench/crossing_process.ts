import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { DType } from "downhill";
import type { Effort } from "./measure.ts";

/** What a process measures. */
export interface SampleTask {
  readonly layers: readonly number[];
  readonly dtype: DType;
  readonly backend: "native" | "typescript";
  readonly effort: Effort;
}

/** The seconds of one call. */
export interface Sample {
  readonly predict: number;
  readonly train: number;
}

/** What the measuring process says: that it has warmed up, or what a sample came to. */
export type Message = "ready" | Sample;

/**
 * A process that measures one network on one backend when it is told to: what the engine learns from calls of one
 * backend does not change how it compiles the other.
 */
export class SampleProcess {
  readonly #child: ChildProcess;
  readonly #task: SampleTask;

  constructor(task: SampleTask) {
    this.#task = task;
    this.#child = fork(new URL("./crossing_child.ts", import.meta.url));
  }

  /** Hands over the task and waits until the process has warmed up. */
  async ready(): Promise<void> {
    await this.#ask(this.#task);
  }

  async sample(): Promise<Sample> {
    return (await this.#ask("sample")) as Sample;
  }

  end(): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  async #ask(question: SampleTask | "sample"): Promise<Message> {
    const settled = new AbortController();
    const { signal } = settled;
    try {
      const answer = once(this.#child, "message", { signal });
      const end = once(this.#child, "exit", { signal }).then(([code]) => {
        throw new Error(`the process that measures the ${this.#task.backend} backend ended with code ${code}`);
      });
      this.#child.send(question);
      const [message] = await Promise.race([answer, end]);
      return message;
    } finally {
      settled.abort();
    }
  }
}
