import { SeededRandom } from "./random.ts";
import { drawStrokes, PIXELS, SIDE } from "./render.ts";
import { GLYPHS, type Point, type Stroke } from "./strokes.ts";

/** Digits and what they are. */
export interface DigitImages {
  /** One byte per pixel, image after image, row after row: 0 is paper, 255 is ink. Shape (count, 784). */
  readonly images: Uint8Array;
  /** The digit of each image. Shape (count). */
  readonly labels: Uint8Array;
}

/** How far handwriting strays from the glyphs. Each range is the largest deviation. */
const VARIATION = {
  /** Of the height and width of the digit, as a share. */
  size: 0.33,
  /** Sideways lean per height. */
  slant: 0.6,
  /** Tangent of half the angle of rotation. */
  rotation: 0.18,
  /** Of the middle of the digit, in pixels. */
  shift: 4.2,
  /** Of the corners and the middle of the paper, in boxes: bends the digit as a whole. */
  bend: 0.16,
  /** Of each point of a stroke by itself, in boxes: a trembling hand. */
  tremble: 0.08,
  /** Of each pixel, in grey levels. */
  noise: 28,
} as const;

/** The size of an unchanged digit's box, in pixels. */
const BOX_WIDTH = 13;
const BOX_HEIGHT = 18;

/** The warp is given at 3 × 3 nodes: the corners, the middles of the sides and the middle of the box. */
const NODES = 3;

/**
 * Writes digits, 0 to 9 in turn, each in its own hand. The same seed and count give the same bytes on every machine:
 * the geometry uses only + − × ÷ and square roots, which are rounded alike everywhere.
 *
 * @param count - how many
 * @param seed - a 32-bit integer
 */
export function generateDigits(count: number, seed: number): DigitImages {
  const random = new SeededRandom(seed);
  const images = new Uint8Array(count * PIXELS);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const digit = i % GLYPHS.length;
    labels[i] = digit;
    writeDigit(digit, random, images.subarray(i * PIXELS, (i + 1) * PIXELS));
  }
  return { images, labels };
}

function writeDigit(digit: number, random: SeededRandom, out: Uint8Array): void {
  const glyph = random.choose(GLYPHS[digit]);
  const warp = randomWarp(random);
  const place = randomPlacement(random);
  const strokes: Stroke[] = glyph.strokes.map(({ kind, points }) => ({
    kind,
    points: points.map((point) => place(tremble(warp(point), random))),
  }));
  drawStrokes(strokes, { radius: random.between(0.7, 1.7), ink: random.between(180, 255) }, out);
  addNoise(out, random);
}

type Transform = (point: Point) => Point;

/** Moves every node of the paper a little; points between nodes move with them, linearly in x and in y. */
function randomWarp(random: SeededRandom): Transform {
  const nodes: Point[] = [];
  for (let i = 0; i < NODES * NODES; i++) {
    nodes.push([VARIATION.bend * random.bell(), VARIATION.bend * random.bell()]);
  }
  return ([x, y]) => {
    const column = x < 0.5 ? 0 : 1;
    const row = y < 0.5 ? 0 : 1;
    const u = x * (NODES - 1) - column;
    const v = y * (NODES - 1) - row;
    const corner = row * NODES + column;
    const blend = (axis: 0 | 1) =>
      (1 - v) * ((1 - u) * nodes[corner][axis] + u * nodes[corner + 1][axis]) +
      v * ((1 - u) * nodes[corner + NODES][axis] + u * nodes[corner + NODES + 1][axis]);
    return [x + blend(0), y + blend(1)];
  };
}

function tremble([x, y]: Point, random: SeededRandom): Point {
  return [x + VARIATION.tremble * random.bell(), y + VARIATION.tremble * random.bell()];
}

/** Size, slant, rotation and place: from the digit's box to pixels. */
function randomPlacement(random: SeededRandom): Transform {
  const width = BOX_WIDTH * (1 + VARIATION.size * random.bell());
  const height = BOX_HEIGHT * (1 + VARIATION.size * random.bell());
  const slant = VARIATION.slant * random.bell();
  // Cosine and sine as rational functions of the tangent of half the angle.
  const t = VARIATION.rotation * random.bell();
  const cosine = (1 - t * t) / (1 + t * t);
  const sine = (2 * t) / (1 + t * t);
  const centreX = SIDE / 2 + VARIATION.shift * random.bell();
  const centreY = SIDE / 2 + VARIATION.shift * random.bell();
  return ([x, y]) => {
    const upright = (y - 0.5) * height;
    const across = (x - 0.5) * width - slant * upright;
    return [centreX + cosine * across - sine * upright, centreY + sine * across + cosine * upright];
  };
}

/** Adds noise to every pixel, from four 8-bit shares of each random word. */
function addNoise(pixels: Uint8Array, random: SeededRandom): void {
  const span = 2 * VARIATION.noise + 1;
  let word = 0;
  for (let i = 0; i < pixels.length; i++) {
    word = i % 4 === 0 ? random.uint32() : word >>> 8;
    const noise = (((word & 255) * span) >>> 8) - VARIATION.noise;
    pixels[i] = Math.max(0, Math.min(255, pixels[i] + noise));
  }
}
