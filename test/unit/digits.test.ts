import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { generateDigits } from "../../src/digits/generate.ts";
import { drawStrokes, PIXELS, SIDE } from "../../src/digits/render.ts";
import { GLYPHS } from "../../src/digits/strokes.ts";

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function image(images: Uint8Array, index: number): Uint8Array {
  return images.subarray(index * PIXELS, (index + 1) * PIXELS);
}

describe("the glyphs", () => {
  it("are there for ten digits, each with strokes of enough points in or just beyond the box", () => {
    expect(GLYPHS).toHaveLength(10);
    for (const { weight, strokes } of GLYPHS.flat()) {
      expect(weight).toBeGreaterThan(0);
      expect(strokes.length).toBeGreaterThan(0);
      for (const { kind, points } of strokes) {
        expect(points.length).toBeGreaterThanOrEqual(kind === "line" ? 2 : 3);
        for (const coordinate of points.flat()) expect(Math.abs(coordinate - 0.5)).toBeLessThanOrEqual(0.65);
      }
    }
  });

  it("know more than one way of writing 1, 4 and 7", () => {
    for (const digit of [1, 4, 7]) expect(GLYPHS[digit].length).toBeGreaterThan(1);
  });
});

describe("drawStrokes", () => {
  const out = new Uint8Array(PIXELS);

  it("covers pixels by their distance to a line", () => {
    // Through the centres of row 10, columns 5 to 20; half a pixel of radius reaches half of the next row's distance.
    const points = [[5.5, 10.5] as const, [20.5, 10.5] as const];
    drawStrokes([{ kind: "line", points }], { radius: 1, ink: 200 }, out);
    expect(out[10 * SIDE + 12]).toBe(200);
    expect(out[9 * SIDE + 12]).toBe(100);
    expect(out[11 * SIDE + 12]).toBe(100);
    expect(out[8 * SIDE + 12]).toBe(0);
    // A round end: 1 pixel beyond it is as far as 1 pixel beside the line.
    expect(out[10 * SIDE + 4]).toBe(100);
    expect(out[10 * SIDE + 3]).toBe(0);
    expect(out.reduce((sum, byte) => sum + (byte > 0 ? 1 : 0), 0)).toBe(16 * 3 + 2 + 4);
  });

  it("runs a curve from its first to its last point, a loop around the middle", () => {
    drawStrokes(
      [
        {
          kind: "curve",
          points: [
            [4.5, 20.5],
            [14.5, 0.5],
            [24.5, 20.5],
          ],
        },
      ],
      { radius: 1, ink: 255 },
      out,
    );
    expect(out[20 * SIDE + 4]).toBe(255);
    expect(out[20 * SIDE + 24]).toBe(255);
    // The middle of a quadratic Bézier: a quarter of each end and half of the control point.
    expect(out[10 * SIDE + 14]).toBe(255);
    drawStrokes(
      [
        {
          kind: "loop",
          points: [
            [4, 4],
            [24, 4],
            [24, 24],
            [4, 24],
          ],
        },
      ],
      { radius: 1, ink: 255 },
      out,
    );
    expect(out[14 * SIDE + 14]).toBe(0);
    expect(out[4 * SIDE + 14]).toBeGreaterThan(0);
    expect(out[14 * SIDE + 4]).toBeGreaterThan(0);
    expect(out[4 * SIDE + 4]).toBe(0);
  });

  it("does not mind strokes beyond the paper or of no length", () => {
    drawStrokes(
      [
        {
          kind: "line",
          points: [
            [-50, -50],
            [-40, 90],
          ],
        },
      ],
      { radius: 2, ink: 255 },
      out,
    );
    expect(out.every((byte) => byte === 0)).toBe(true);
    drawStrokes(
      [
        {
          kind: "line",
          points: [
            [14.5, 14.5],
            [14.5, 14.5],
          ],
        },
      ],
      { radius: 1, ink: 255 },
      out,
    );
    expect(out[14 * SIDE + 14]).toBe(255);
  });
});

describe("generateDigits", () => {
  it("gives these bytes on every machine", () => {
    const { images } = generateDigits(1000, 1);
    expect(sha256(images)).toBe("c3cca55b7cbdb4947c241cf05cac6029b52bf94277b4960b830c859369629eb2");
  });

  it("begins alike whatever the count", () => {
    expect(generateDigits(30, 7).images).toEqual(generateDigits(50, 7).images.subarray(0, 30 * PIXELS));
  });

  it("differs between seeds and between the digits of a class", () => {
    const { images } = generateDigits(400, 1);
    expect(images).not.toEqual(generateDigits(400, 2).images);
    const seen = new Set(Array.from({ length: 400 }, (_, i) => sha256(image(images, i))));
    expect(seen.size).toBe(400);
  });

  it("writes every digit equally often", () => {
    const { labels } = generateDigits(200, 1);
    const counts = new Array(10).fill(0);
    for (const label of labels) counts[label]++;
    expect(counts).toEqual(new Array(10).fill(20));
  });

  it("uses paper and ink: most pixels are light, some are dark", () => {
    const { images } = generateDigits(100, 4);
    for (let i = 0; i < 100; i++) {
      const pixels = image(images, i);
      const dark = pixels.reduce((sum, byte) => sum + (byte > 128 ? 1 : 0), 0);
      expect(dark).toBeGreaterThan(8);
      expect(dark).toBeLessThan(PIXELS / 2);
    }
  });
});
