/**
 * The colours of both schemes. Text has a contrast of at least 4.5 to its ground (WCAG 2.2, 1.4.3), also where it names a line
 * in the line's colour, or stands on a cell. Blue and orange differ for the colour-blind as well.
 */

interface Scheme {
  readonly paper: string;
  readonly ink: string;
  readonly [name: string]: string;
}

export const LIGHT: Scheme = {
  paper: "#fffefb",
  ink: "#1d2129",
  quiet: "#5c6370",
  line: "#c9c6be",
  grid: "#e9e6df",
  faint: "#f6f4ef",
  training: "#1d66ad",
  validation: "#b4500c",
  hit: "#6fa8dc",
  miss: "#f09a5e",
  good: "#1a7340",
  bar: "#d5e4f3",
};

export const DARK: Scheme = {
  paper: "#15181d",
  ink: "#e8e6e1",
  quiet: "#a3a8b2",
  line: "#474d57",
  grid: "#2a2f37",
  faint: "#1b1f25",
  training: "#7cb5f0",
  validation: "#f2a365",
  hit: "#235f99",
  miss: "#97490f",
  good: "#7fd0a0",
  bar: "#23405d",
};

/** The layers from the input to the output: their order shows in their lightness as well. */
const LIGHT_DEPTHS = ["#ad5a00", "#b3285f", "#4a2c91"];
const DARK_DEPTHS = ["#ffd08a", "#f58fb0", "#a493f5"];

/** The colours of so many layers, for both schemes. */
export function layerColours(layers: number): { readonly light: readonly string[]; readonly dark: readonly string[] } {
  const along = (stops: readonly string[]) =>
    Array.from({ length: layers }, (_, layer) => mixed(stops, layers === 1 ? 0.5 : layer / (layers - 1)));
  return { light: along(LIGHT_DEPTHS), dark: along(DARK_DEPTHS) };
}

/** A colour between some that lie at the same distances. @param place - from 0 to 1 */
function mixed(stops: readonly string[], place: number): string {
  const at = place * (stops.length - 1);
  const first = Math.min(Math.floor(at), stops.length - 2);
  const [a, b] = [channels(stops[first]), channels(stops[first + 1])];
  const parts = a.map((value, c) => Math.round(value + (at - first) * (b[c] - value)));
  return `#${parts.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

function channels(colour: string): number[] {
  return [1, 3, 5].map((start) => Number.parseInt(colour.slice(start, start + 2), 16));
}
