import { describe, expect, it } from "vitest";
import { chunksAtOnce, JobGate } from "../../src/backend/job_gate.ts";
import { type Addon, nativeBackend } from "../../src/backend/native.ts";
import { currentPlatform, registerPlatform } from "../../src/platform.ts";
import { mistyped, rejectionOf } from "../support/errors.ts";
import { fc } from "../support/fast_check.ts";

/** Work that ends when it is told to, and the order in which pieces of it began. */
class Pieces {
  readonly begun: number[] = [];
  readonly ends: (() => void)[] = [];
  running = 0;
  most = 0;

  piece(id: number): () => Promise<number> {
    return async () => {
      this.begun.push(id);
      this.running++;
      this.most = Math.max(this.most, this.running);
      await new Promise<void>((resolve) => {
        this.ends[id] = resolve;
      });
      this.running--;
      if (id % 3 === 1) throw new Error(`piece ${id}`);
      return id;
    };
  }
}

/** Lets everything happen that waits for nothing else. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("JobGate", () => {
  it("runs as many pieces as it has slots, in the order they came in, and hands over what comes of them", async () => {
    const shapes = fc.record({ slots: fc.integer({ min: 1, max: 5 }), count: fc.integer({ min: 1, max: 12 }) });
    await fc.assert(
      fc.asyncProperty(shapes, fc.infiniteStream(fc.nat()), async ({ slots, count }, choices) => {
        const gate = new JobGate(slots);
        const pieces = new Pieces();
        const ids = Array.from({ length: count }, (_, id) => id);
        const results = Promise.allSettled(ids.map((id) => gate.run(pieces.piece(id))));
        // Pieces end in any order; each end lets the next one begin.
        for (let ended = 0; ended < count; ended++) {
          await settled();
          expect(pieces.begun).toEqual(ids.slice(0, slots + ended));
          const running = Object.keys(pieces.ends).map(Number);
          const chosen = running[choices.next().value % running.length];
          pieces.ends[chosen]();
          delete pieces.ends[chosen];
        }
        expect(await results).toEqual(
          ids.map((id) =>
            id % 3 === 1
              ? { status: "rejected", reason: new Error(`piece ${id}`) }
              : { status: "fulfilled", value: id },
          ),
        );
        expect(pieces.most).toBe(Math.min(slots, count));
      }),
      { numRuns: 50 },
    );
  });

  it("starts at once what has a free slot, and frees it when the work cannot even start", async () => {
    const gate = new JobGate(1);
    const started: string[] = [];
    const first = gate.run(() => {
      started.push("first");
      throw new Error("refused");
    });
    expect(started).toEqual(["first"]);
    expect(await rejectionOf(first)).toEqual(new Error("refused"));
    expect(await gate.run(async () => "second")).toBe("second");
  });
});

describe("the chunks at once", () => {
  it.each([
    [undefined, 3],
    ["4", 3],
    ["16", 15],
    ["2", 1],
    ["1", 1],
    ["0", 1],
    ["", 1],
    ["many", 1],
    ["-3", 1],
  ])("with UV_THREADPOOL_SIZE %o are %d", (size, expected) => {
    expect(chunksAtOnce(size)).toBe(expected);
  });

  it("are counted over trainings and evaluations of the native backend together", async () => {
    const pieces = new Pieces();
    const addon = {
      instructionSets: ["none"],
      train: () => pieces.piece(2 * pieces.begun.length)(),
      evaluate: () => pieces.piece(2 * pieces.begun.length)(),
    };
    const previous = currentPlatform();
    registerPlatform({ variable: (name) => (name === "UV_THREADPOOL_SIZE" ? "6" : undefined) });
    const backend = nativeBackend(mistyped<Addon>(addon));
    registerPlatform(previous);
    const job = { model: { arithmetic: "fast" }, state: {}, samples: {}, optimizer: {} };
    for (let i = 0; i < 4; i++) {
      void backend.train(mistyped(job)).catch(() => {});
      void backend.evaluate(mistyped(job)).catch(() => {});
    }
    await settled();
    expect(pieces.running).toBe(5);
  });
});
