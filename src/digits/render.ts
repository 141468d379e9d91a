import type { Point, Stroke } from "./strokes.ts";

/** Pixels per side of an image. */
export const SIDE = 28;

/** Bytes per image. */
export const PIXELS = SIDE * SIDE;

/** Straight pieces per quadratic Bézier: at this size more would not change a byte by much. */
const PIECES = 6;

/** Beyond every distance within an image, squared. */
const FAR = 4 * SIDE * SIDE;

/** What the pen leaves on the paper. */
export interface Pen {
  /** Half the width of the line, in pixels. */
  readonly radius: number;
  /** The darkness of a fully covered pixel, from 0 to 255. */
  readonly ink: number;
}

const squaredDistances = new Float64Array(PIXELS);

/**
 * Draws strokes, anti-aliased: a pixel is darker the closer its centre is to a stroke. Where strokes cross, the
 * nearest counts, so that crossings are not darker than the rest.
 *
 * @param strokes - in pixels; pixel (0, 0) is at the top left and has its centre at (0.5, 0.5)
 * @param out - `PIXELS` bytes, row after row; 0 is paper
 */
export function drawStrokes(strokes: readonly Stroke[], pen: Pen, out: Uint8Array): void {
  squaredDistances.fill(FAR);
  const reach = pen.radius + 0.5;
  for (const stroke of strokes) traceStroke(stroke, reach);
  for (let pixel = 0; pixel < PIXELS; pixel++) {
    const squared = squaredDistances[pixel];
    if (squared >= reach * reach) {
      out[pixel] = 0;
      continue;
    }
    const coverage = Math.min(1, reach - Math.sqrt(squared));
    out[pixel] = Math.floor(coverage * pen.ink + 0.5);
  }
}

function traceStroke({ kind, points }: Stroke, reach: number): void {
  if (kind === "line") {
    for (let i = 1; i < points.length; i++) traceSegment(points[i - 1], points[i], reach);
    return;
  }
  // A quadratic B-spline: every inner point controls a Bézier that runs between the middles of its two sides.
  const closed = kind === "loop";
  const count = points.length;
  const first = closed ? 0 : 1;
  const last = closed ? count - 1 : count - 2;
  for (let i = first; i <= last; i++) {
    const control = points[i];
    const before = points[(i + count - 1) % count];
    const after = points[(i + 1) % count];
    const start = !closed && i === first ? before : middle(before, control);
    const end = !closed && i === last ? after : middle(control, after);
    traceBezier(start, control, end, reach);
  }
}

function middle(a: Point, b: Point): Point {
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
}

function traceBezier(start: Point, control: Point, end: Point, reach: number): void {
  let from = start;
  for (let piece = 1; piece <= PIECES; piece++) {
    const t = piece / PIECES;
    const a = (1 - t) * (1 - t);
    const b = 2 * t * (1 - t);
    const c = t * t;
    const to: Point = [a * start[0] + b * control[0] + c * end[0], a * start[1] + b * control[1] + c * end[1]];
    traceSegment(from, to, reach);
    from = to;
  }
}

/** Lowers the squared distance of every pixel within `reach` of the segment. */
function traceSegment([x0, y0]: Point, [x1, y1]: Point, reach: number): void {
  const dx = x1 - x0;
  const dy = y1 - y0;
  const squaredLength = dx * dx + dy * dy;
  const left = Math.max(0, Math.floor(Math.min(x0, x1) - reach));
  const right = Math.min(SIDE - 1, Math.floor(Math.max(x0, x1) + reach));
  const top = Math.max(0, Math.floor(Math.min(y0, y1) - reach));
  const bottom = Math.min(SIDE - 1, Math.floor(Math.max(y0, y1) + reach));
  for (let row = top; row <= bottom; row++) {
    const y = row + 0.5 - y0;
    for (let column = left; column <= right; column++) {
      const x = column + 0.5 - x0;
      const along = squaredLength > 0 ? Math.max(0, Math.min(1, (x * dx + y * dy) / squaredLength)) : 0;
      const offX = x - along * dx;
      const offY = y - along * dy;
      const squared = offX * offX + offY * offY;
      const pixel = row * SIDE + column;
      if (squared < squaredDistances[pixel]) squaredDistances[pixel] = squared;
    }
  }
}
