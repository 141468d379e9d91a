import { afterEach, describe, expect, it, vi } from "vitest";
import { nextTurn } from "../../src/turn.ts";
import { runScript } from "../support/child.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** What a turn is made of, the first that there is. */
const means = ["setImmediate", "MessageChannel", "setTimeout"];

function without(names: readonly string[]): void {
  for (const name of names) vi.stubGlobal(name, undefined);
}

describe("a turn of the event loop", () => {
  it.each(means)("comes by %s where that is the best there is", async (name) => {
    without(means.filter((other) => other !== name));
    await expect(nextTurn()).resolves.toBeUndefined();
  });

  it.each(means)("lets timers have theirs when it comes by %s", async (name) => {
    let fired = false;
    setTimeout(() => {
      fired = true;
    }, 1);
    without(means.slice(0, means.indexOf(name)));
    while (!fired) await nextTurn();
  });

  it.each(means)("by %s comes after what is resolved already", async (name) => {
    without(means.slice(0, means.indexOf(name)));
    const seen: string[] = [];
    const turn = nextTurn().then(() => seen.push("turn"));
    await Promise.resolve().then(() => seen.push("resolved"));
    await turn;
    expect(seen).toEqual(["resolved", "turn"]);
  });

  it("takes no timers where there are messages", async () => {
    const timer = vi.fn();
    without(["setImmediate"]);
    vi.stubGlobal("setTimeout", timer);
    for (let i = 0; i < 10; i++) await nextTurn();
    expect(timer).not.toHaveBeenCalled();
  });

  it("holds no process back once it has come", async () => {
    const { code, stdout } = await runScript(`
      const network = new downhill.Network([1, 1], { backend: "typescript" });
      const data = downhill.Dataset.from({ inputs: [[0], [1]], targets: [[0], [1]] });
      delete globalThis.setImmediate;
      await network.fit(data, { epochs: 1 });
      console.log("trained");
    `);
    expect([code, stdout]).toEqual([0, "trained\n"]);
  });
});
