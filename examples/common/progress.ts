/** The part of a terminal or a file that a progress display needs. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/**
 * Shows how far the work is. On a terminal the line is rewritten in place; elsewhere, where that would only fill a file,
 * nothing but the lines that are final appear.
 */
export class ProgressDisplay {
  readonly #stream: ProgressStream;
  /** The length of what stands in the line now. */
  #shown = 0;

  constructor(stream: ProgressStream) {
    this.#stream = stream;
  }

  /** A line that the next one replaces. */
  update(line: string): void {
    if (!this.#stream.isTTY) return;
    // The last column stays free: writing there makes some terminals begin a new line.
    const text = line.slice(0, (this.#stream.columns || 80) - 1);
    this.#stream.write(`\r${text.padEnd(this.#shown)}`);
    this.#shown = text.length;
  }

  /** A line that stays. */
  finish(line: string): void {
    this.#stream.write(this.#stream.isTTY ? `\r${line.padEnd(this.#shown)}\n` : `${line}\n`);
    this.#shown = 0;
  }

  /** Takes back the line that would have been replaced. */
  clear(): void {
    if (this.#shown > 0) this.#stream.write(`\r${" ".repeat(this.#shown)}\r`);
    this.#shown = 0;
  }
}
