import type { Dataset } from "../../src/index.ts";

/** Parts that can be gone through again and again; remembers what was asked of their iterators. */
export class RecordedParts implements AsyncIterable<Dataset> {
  /** `read 0`, `read 1`, …, `end`, and `return` for an iterator that was left early. */
  readonly calls: string[] = [];
  readonly #give: (part: number) => unknown;

  /** @param give - the parts; or what gives the one of a number, perhaps as a promise, and undefined for none */
  constructor(give: readonly Dataset[] | ((part: number) => unknown)) {
    this.#give = typeof give === "function" ? give : (part) => give[part];
  }

  [Symbol.asyncIterator](): AsyncIterator<Dataset> {
    let part = 0;
    return {
      next: async () => {
        const call = this.calls.push(`read ${part}`) - 1;
        const value = (await this.#give(part++)) as Dataset | undefined;
        if (value !== undefined) return { done: false, value };
        this.calls[call] = "end";
        return { done: true, value };
      },
      return: async () => {
        this.calls.push("return");
        return { done: true, value: undefined };
      },
    };
  }
}
