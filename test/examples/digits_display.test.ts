import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import {
  confusionTable,
  epochLine,
  factLines,
  formatCount,
  formatShare,
  gallery,
  progressLine,
} from "../../examples/digits/display.ts";
import { DRAWING_HEIGHT, DRAWING_WIDTH, drawDigit } from "../../examples/digits/drawing.ts";
import { generateDigits } from "../../examples/digits/generate.ts";
import { choosePaint, type Paint, plain } from "../../examples/digits/paint.ts";
import { ProgressDisplay } from "../../examples/digits/progress.ts";
import { chooseExamples, type Reading } from "../../examples/digits/reading.ts";
import { PIXELS, SIDE } from "../../examples/digits/render.ts";

const coloured: Paint = (_look, text) => `\u001b[31m${text}\u001b[39m`;

describe("numbers", () => {
  it("are written for people", () => {
    expect(formatCount(1234567.4)).toBe("1,234,567");
    expect(formatShare(0.97654)).toBe("97.65 %");
    expect(formatShare(1, 1)).toBe("100.0 %");
  });
});

describe("factLines", () => {
  it("puts the values in one column", () => {
    expect(
      factLines([
        ["speed", "1"],
        ["test accuracy", "2"],
        ["", "3"],
      ]),
    ).toEqual(["speed          1", "test accuracy  2", "               3"]);
  });
});

describe("progress lines", () => {
  const progress = {
    epoch: 3,
    epochs: 12,
    samples: 6000,
    samplesPerEpoch: 12_000,
    batch: 6000,
    batches: 12_000,
    samplesPerSecond: 61_234.5,
  };

  it("say how far the epoch is", () => {
    expect(progressLine({ ...progress, loss: 0.01234, secondsLeft: 3.2 })).toBe(
      "epoch  3/12  ██████████░░░░░░░░░░  loss 0.0123   61,235 samples/s  4 s left",
    );
  });

  it("say what the epoch came to", () => {
    const report = { epoch: 12, loss: 0.5, learningRate: 0.004, seconds: 1, samplesPerSecond: 161_234 };
    expect(epochLine(report, 12)).toBe("epoch 12/12  ████████████████████  loss 0.5000  161,234 samples/s  rate 0.004");
  });

  it("fit into 80 columns when the work is slow", () => {
    expect(progressLine({ ...progress, loss: 0.5, secondsLeft: 9999 }).length).toBeLessThan(80);
  });
});

describe("ProgressDisplay", () => {
  function record(isTTY: boolean, columns?: number) {
    const written: string[] = [];
    const stream = { isTTY, write: (text: string) => written.push(text), ...(columns ? { columns } : {}) };
    return { written, display: new ProgressDisplay(stream) };
  }

  it("rewrites its line in place on a terminal", () => {
    const { written, display } = record(true);
    display.update("a long line");
    display.update("short");
    display.finish("done");
    display.update("next");
    display.clear();
    display.clear();
    expect(written).toEqual(["\ra long line", "\rshort      ", "\rdone \n", "\rnext", "\r    \r"]);
  });

  it("keeps within a narrow terminal", () => {
    const { written, display } = record(true, 10);
    display.update("0123456789abc");
    expect(written).toEqual(["\r012345678"]);
  });

  it("writes only what is final elsewhere", () => {
    const { written, display } = record(false);
    display.update("half");
    display.finish("done");
    display.clear();
    expect(written).toEqual(["done\n"]);
  });
});

describe("confusionTable", () => {
  const matrix = Array.from({ length: 10 }, (_, actual) =>
    Array.from({ length: 10 }, (_, predicted) => (actual === predicted ? 90 + actual : Number(predicted === 3) * 1234)),
  );

  it("is aligned and fits into 80 columns", () => {
    const lines = confusionTable(matrix);
    const [, head, ...rows] = lines;
    expect(rows).toHaveLength(10);
    for (let digit = 0; digit < 10; digit++) {
      const column = head.indexOf(` ${digit}`) + 1;
      for (const [actual, row] of rows.entries()) {
        const count = matrix[actual][digit];
        const cell = count === 0 ? "·" : String(count);
        expect(row.slice(column + 1 - cell.length, column + 1)).toBe(cell);
        expect(row[column - cell.length]).toBe(" ");
        expect(row[column + 1]).toBe(" ");
      }
    }
    for (const row of rows) expect(row.length).toBe(head.length);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("gives the share of each digit that was read right", () => {
    const rows = confusionTable([
      [3, 1],
      [0, 0],
    ]).slice(2);
    expect(rows[0]).toMatch(/^written 0 .*75\.0 %$/);
    expect(rows[1]).toMatch(/^ {8}1 .*–$/);
  });

  it("is the same without its colours", () => {
    expect(confusionTable(matrix, coloured).map(stripVTControlCharacters)).toEqual(confusionTable(matrix));
  });
});

describe("choosePaint", () => {
  it("leaves text alone where colours are not shown", () => {
    expect(choosePaint({})).toBe(plain);
    expect(choosePaint({ hasColors: () => false })("red", "x")).toBe("x");
  });

  it("colours text where they are", () => {
    const painted = choosePaint({ hasColors: () => true })("red", "x");
    expect(painted).not.toBe("x");
    expect(stripVTControlCharacters(painted)).toBe("x");
  });
});

describe("drawDigit", () => {
  it("has one size, whatever it draws", () => {
    const { images } = generateDigits(50, 3);
    for (let i = 0; i < 50; i++) {
      const lines = drawDigit(images.subarray(i * PIXELS, (i + 1) * PIXELS).map((byte) => (byte > 128 ? 1 : 0)));
      expect(lines).toHaveLength(DRAWING_HEIGHT);
      for (const line of lines) expect(line).toMatch(new RegExp(`^[ ░▒▓█▀▄]{${DRAWING_WIDTH}}$`));
    }
  });

  it("shows each pixel of a sharp image where it is", () => {
    const pixels = new Float64Array(PIXELS);
    const ink = (row: number, column: number) => {
      pixels[row * SIDE + column] = 1;
    };
    // The ink reaches from 2 to 25 both ways, so the window begins at 2.
    ink(2, 2);
    ink(25, 25);
    ink(10, 5);
    ink(12, 5);
    ink(13, 5);
    const lines = drawDigit(pixels);
    expect(lines[0]).toBe("▀".padEnd(DRAWING_WIDTH));
    expect(lines[4]).toBe("   ▀".padEnd(DRAWING_WIDTH));
    expect(lines[5]).toBe("   █".padEnd(DRAWING_WIDTH));
    expect(lines[11]).toBe("▄".padStart(DRAWING_WIDTH));
  });

  it("draws faint noise as paper", () => {
    expect(drawDigit(new Float64Array(PIXELS).fill(0.2)).join("").trim()).toBe("");
  });

  it("keeps ink at the rim of the image in view", () => {
    const pixels = new Float64Array(PIXELS);
    pixels[PIXELS - 1] = 1;
    expect(drawDigit(pixels).at(-1)?.at(-1)).toBe("▄");
    pixels.fill(0);
    pixels[0] = 1;
    expect(drawDigit(pixels)[0][0]).toBe("▀");
  });
});

describe("gallery", () => {
  const picture = (name: string) => ({ lines: [`${name}1`.padEnd(10), `${name}2`.padEnd(10)], caption: name });

  it("puts side by side what fits, then begins a new row", () => {
    expect(gallery([picture("a"), picture("b"), picture("c")], 24, 2)).toEqual([
      "a1          b1",
      "a2          b2",
      "a           b",
      "",
      "c1",
      "c2",
      "c",
    ]);
  });

  it("shows three digits in 80 columns", () => {
    const lines = drawDigit(new Float64Array(PIXELS).fill(1));
    const caption = "a 0, read as 8 (0.55)";
    const shown = gallery(new Array(6).fill({ lines, caption }));
    expect(shown).toHaveLength(2 * (DRAWING_HEIGHT + 1) + 1);
    for (const line of shown) expect(line.length).toBeLessThanOrEqual(80);
    expect(caption.length).toBeLessThanOrEqual(DRAWING_WIDTH);
  });

  it("is empty without pictures", () => {
    expect(gallery([])).toEqual([]);
  });
});

describe("chooseExamples", () => {
  const reading = (index: number, actual: number, predicted: number, score: number): Reading => ({
    index,
    actual,
    predicted,
    score,
  });

  it("takes right readings of different digits and the surest wrong ones", () => {
    const readings = [
      reading(0, 3, 3, 0.9),
      reading(1, 3, 3, 0.8),
      reading(2, 4, 9, 0.5),
      reading(3, 5, 5, 0.7),
      reading(4, 1, 7, 0.95),
      reading(5, 2, 7, 0.6),
    ];
    const { right, wrong } = chooseExamples(readings, 2);
    expect(right.map(({ index }) => index)).toEqual([0, 3]);
    expect(wrong.map(({ index }) => index)).toEqual([4, 5]);
  });
});
