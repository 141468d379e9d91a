import { describe, expect, it } from "vitest";
import { DRAWING_HEIGHT, DRAWING_WIDTH, drawDigit } from "../../examples/digits/drawing.ts";
import { gallery } from "../../examples/digits/gallery.ts";
import { chooseExamples, type Reading } from "../../examples/digits/reading.ts";
import { generateDigits, PIXELS, SIDE } from "../../src/digits/index.ts";

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
