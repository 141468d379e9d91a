import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import {
  backendName,
  confusionTable,
  epochLine,
  factLines,
  formatCount,
  formatShare,
  progressLine,
} from "../../examples/common/display.ts";
import { choosePaint, type Paint, plain } from "../../examples/common/paint.ts";
import { ProgressDisplay } from "../../examples/common/progress.ts";

const coloured: Paint = (_look, text) => `\u001b[31m${text}\u001b[39m`;

describe("numbers", () => {
  it("are written for people", () => {
    expect(formatCount(1234567.4)).toBe("1,234,567");
    expect(formatShare(0.97654)).toBe("97.65 %");
    expect(formatShare(1, 1)).toBe("100.0 %");
  });
});

describe("backendName", () => {
  it("tells of an instruction set where one is used", () => {
    expect(backendName("native", "avx512")).toBe("native, avx512");
    expect(backendName("native", "baseline")).toBe("native, baseline");
    expect(backendName("typescript", "none")).toBe("typescript");
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
  const batches = { batch: 60, batches: 120 };
  const progress = {
    epoch: 3,
    epochs: 12,
    samples: 6000,
    samplesPerEpoch: 12_000,
    ...batches,
    samplesPerSecond: 61_234.5,
  };
  const report = { epoch: 12, loss: 0.5, learningRate: 0.004, seconds: 1, samplesPerSecond: 161_234 };

  it("say how far the epoch is", () => {
    expect(progressLine({ ...progress, loss: 0.01234, secondsLeft: 3.2 })).toBe(
      "epoch  3/12  ██████████░░░░░░░░░░  loss 0.0123   61,235 samples/s  4 s left",
    );
  });

  it("say what the epoch came to", () => {
    expect(epochLine(report, 12)).toBe("epoch 12/12  ████████████████████  loss 0.5000  161,234 samples/s  rate 0.004");
  });

  it("say how the epoch did on samples held out", () => {
    const line = epochLine(report, 12);
    expect(epochLine({ ...report, validation: { loss: 0.25 } }, 12)).toBe(`${line}  held out: loss 0.2500`);
    const validation = { loss: 0.25, accuracy: 0.875 };
    expect(epochLine({ ...report, validation }, 12)).toBe(`${line}  held out: loss 0.2500  87.50 %`);
  });

  it.each([
    [0.3, "0.3"],
    [0.1 + 0.2, "0.3"],
    [1.6e-8, "1.6e-8"],
    [0.012345, "0.0123"],
    [0, "0"],
  ])("write the rate %d as %s", (learningRate, written) => {
    expect(epochLine({ ...report, learningRate }, 12)).toMatch(new RegExp(`rate ${written}$`));
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
  const classes = Array.from({ length: 10 }, (_, digit) => String(digit));
  const words = { classes, actual: "written", predicted: "read as" };
  const matrix = Array.from({ length: 10 }, (_, actual) =>
    Array.from({ length: 10 }, (_, predicted) => (actual === predicted ? 90 + actual : Number(predicted === 3) * 1234)),
  );

  it("is aligned and fits into 80 columns", () => {
    const lines = confusionTable(matrix, words);
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

  it("makes room for the names of classes", () => {
    const counts = [
      [12, 3],
      [0, 5],
    ];
    expect(confusionTable(counts, { classes: ["stays", "no"], actual: "in truth", predicted: "said" })).toEqual([
      "                said",
      "                stays     no     right",
      "in truth stays     12      3    80.0 %",
      "            no      ·      5   100.0 %",
    ]);
  });

  it("gives the share of each class that was right", () => {
    const counts = [
      [3, 1],
      [0, 0],
    ];
    const rows = confusionTable(counts, words).slice(2);
    expect(rows[0]).toMatch(/^written 0 .*75\.0 %$/);
    expect(rows[1]).toMatch(/^ {8}1 .*–$/);
  });

  it("is the same without its colours", () => {
    expect(confusionTable(matrix, words, coloured).map(stripVTControlCharacters)).toEqual(
      confusionTable(matrix, words),
    );
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
