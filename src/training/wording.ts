/** Numbers as sentences have them. */

/** In as many digits as a person needs to judge it. */
export function brief(value: number, digits = 2): string {
  return String(Number(value.toPrecision(digits)));
}

/** A share in per cent. */
export function percent(share: number): string {
  return `${brief(100 * share, 3)} %`;
}

/** The first of some numbers, and how many there are besides. */
export function fewOf(numbers: readonly number[]): string {
  const few = numbers.slice(0, 3).join(", ");
  return numbers.length > 3 ? `${few} and ${numbers.length - 3} more` : few;
}
