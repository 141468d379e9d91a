import { brief } from "../training/wording.ts";

/** Numbers and names as the report writes them. */

/** A whole number with its thousands set apart. */
export function counted(value: number): string {
  return value.toLocaleString("en-US");
}

/** So many things. */
export function several(value: number, one: string, many = `${one}s`): string {
  return `${counted(value)} ${value === 1 ? one : many}`;
}

/** A number in so many digits. */
export function number(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return "not finite";
  const size = Math.abs(value);
  const text = brief(value, digits);
  const isLong = size >= 1e6 || (size > 0 && size < 1e-4);
  return (isLong ? Number(text).toExponential() : text).replace("e+", "e").replaceAll("-", "−");
}

/** A share in per cent. What is not all of it, or not nothing, does not look so. */
export function share(value: number, decimals = 2): string {
  if (!Number.isFinite(value)) return "not finite";
  const least = 10 ** -decimals;
  const percent = 100 * value;
  const shown = value > 0 && value < 1 ? Math.min(Math.max(percent, least), 100 - least) : percent;
  return `${shown.toFixed(decimals)}\u00a0%`;
}

/** A time for people. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "unknown";
  if (seconds < 60) return `${brief(seconds, 3)}\u00a0s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}\u00a0min ${Math.floor(seconds % 60)}\u00a0s`;
  return `${counted(Math.floor(minutes / 60))}\u00a0h ${minutes % 60}\u00a0min`;
}

/** A text of at most so many characters. */
export function shortened(text: string, most: number): string {
  const characters = Array.from(text.slice(0, 2 * most + 2));
  return characters.length > most ? `${characters.slice(0, most - 1).join("")}…` : characters.join("");
}
