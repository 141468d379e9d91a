/** Says on a terminal what is being measured, in a line that the next one replaces; elsewhere it keeps quiet. */
export class ProgressLine {
  readonly #stream: Pick<NodeJS.WriteStream, "isTTY" | "write"> = process.stderr;
  #shown = 0;

  show(text: string): void {
    if (!this.#stream.isTTY) return;
    this.#stream.write(`\r${text.padEnd(this.#shown)}`);
    this.#shown = text.length;
  }

  clear(): void {
    if (this.#shown > 0) this.#stream.write(`\r${" ".repeat(this.#shown)}\r`);
    this.#shown = 0;
  }
}
