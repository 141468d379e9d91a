import type { Chance } from "./chance.ts";

/** Keys that mean something to JavaScript itself. */
const KEYS = ["__proto__", "constructor", "prototype", "toString", "valueOf", "toJSON", "length", "hasOwnProperty", ""];

type Container = Record<string, unknown> | unknown[];

/** A copy of a JSON value with a few things in it changed. */
export function mutatedValue(chance: Chance, value: unknown): unknown {
  // In an object of its own, so that the outermost value can be replaced, too.
  const root = { value: JSON.parse(JSON.stringify(value)) as unknown };
  for (let changes = chance.between(1, 3); changes > 0; changes--) changeOnce(chance, root);
  return root.value;
}

function changeOnce(chance: Chance, root: Record<string, unknown>): void {
  let container: Container = root;
  let key = "value";
  for (;;) {
    const inner = container[key as never] as unknown;
    const keys = typeof inner === "object" && inner !== null ? Object.keys(inner) : [];
    if (keys.length === 0 || chance.happens(0.2)) break;
    container = inner as Container;
    key = chance.pick(keys);
  }
  const found = container[key as never] as unknown;
  switch (chance.below(8)) {
    case 0:
      if (Array.isArray(container)) container.splice(Number(key), 1);
      else delete container[key];
      return;
    case 1:
      if (Array.isArray(container)) container.splice(Number(key), 0, structuredClone(found));
      else define(container, `${key}2`, found);
      return;
    case 2:
      if (Array.isArray(container)) container.reverse();
      else define(container, chance.pick(KEYS), junkValue(chance));
      return;
    case 3:
      define(container, key, slightlyChanged(chance, found));
      return;
    default:
      define(container, key, junkValue(chance));
  }
}

function slightlyChanged(chance: Chance, value: unknown): unknown {
  if (typeof value === "number") return value + chance.pick([1, -1, 0.5, 2 ** -60]);
  return typeof value === "string" ? mutatedText(chance, value) : [value];
}

/** As an own property, whatever it is called. */
function define(container: Container, key: string, value: unknown): void {
  Object.defineProperty(container, key, { value, configurable: true, enumerable: true, writable: true });
}

function mutatedText(chance: Chance, text: string): string {
  const at = chance.below(text.length + 1);
  return (
    text.slice(0, at) + chance.pick(["", " ", "x", "\u0000", "$", "\ud800", text]) + text.slice(at + chance.below(2))
  );
}

/** Any value that JSON can hold, or that a program could put in its place. */
export function junkValue(chance: Chance): unknown {
  switch (chance.below(9)) {
    case 0:
      return null;
    case 1:
      return chance.happens(0.5);
    case 2:
      return chance.pick([
        "",
        "NaN",
        "sigmoid",
        "float64",
        "number",
        "category",
        "1e999",
        "x".repeat(100_000),
        ...KEYS,
      ]);
    case 3:
      return [];
    case 4:
      return JSON.parse(`{"${chance.pick(KEYS)}":{"polluted":true}}`);
    case 5:
      return nested(chance.pick([1, 10, 1000]), chance.happens(0.5));
    case 6:
      return Array.from({ length: chance.pick([1, 3, 1000]) }, () => chance.boundary());
    default:
      return chance.boundary();
  }
}

function nested(depth: number, inObjects: boolean): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = inObjects ? { a: value } : [value];
  return value;
}

/** The text of arrays or objects so deep in each other that recursion ends. */
export function deepText(chance: Chance): string {
  const depth = chance.pick([100, 5000, 20_000, 200_000]);
  return chance.happens(0.5) ? "[".repeat(depth) + "]".repeat(depth) : `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
}
