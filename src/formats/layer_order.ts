import { describe } from "../errors.ts";
import { MAX_LAYERS } from "../options.ts";
import { formatError } from "./format_error.ts";

/** A layer as files of others hold it: under a name of its own, and in any order. */
export interface NamedLayer {
  readonly name: string;
  readonly inputs: number;
  readonly units: number;
}

/** How far orders are tried before they count as too many. */
const MOST_STEPS = 2 ** 16;
/** How many layers an error lists. */
const LISTED = 20;

/**
 * The layers in the order in which inputs go through them. Layers whose names differ in numbers alone (`fc1`, `fc2`, or
 * `net.0`, `net.2`) keep the order of these; where there are several kinds of names (`hidden`, `output`), it has to be the only
 * order of all in which each layer has as many inputs as the one before has units. An order that is guessed would give
 * wrong predictions without a word.
 *
 * @throws DownhillError `ERR_FORMAT` when there is no such order, or more than one
 */
export function inOrder<Layer extends NamedLayer>(layers: readonly Layer[]): readonly Layer[] {
  if (layers.length === 0 || layers.length > MAX_LAYERS) {
    throw formatError(`it has ${layers.length} layers, expected 1 to ${MAX_LAYERS}`);
  }
  const sequences = sequencesOf(layers);
  const chains = sequences && chainsOf(sequences, layers.length);
  if (chains?.length === 1) return chains[0];
  const listed = layers.slice(0, LISTED).map(({ name, inputs, units }) => `${describe(name)} (${units}, ${inputs})`);
  const list = `${listed.join(", ")}${layers.length > LISTED ? `, … (${layers.length} in all)` : ""}`;
  throw formatError(
    chains?.length === 0
      ? `its layers do not chain: ${list}; expected each to have as many inputs as the one before has outputs`
      : `the order of its layers cannot be told from names and shapes: ${list}; expected names that differ in numbers alone`,
  );
}

/** Layers whose names differ in numbers alone, in the order of these; undefined where they are equal, as in `fc1`, `fc01`. */
function sequencesOf<Layer extends NamedLayer>(layers: readonly Layer[]): readonly (readonly Layer[])[] | undefined {
  const kinds = new Map<string, Layer[]>();
  for (const layer of layers) {
    const kind = layer.name.replace(/\d+/g, "0");
    const others = kinds.get(kind);
    if (others) others.push(layer);
    else kinds.set(kind, [layer]);
  }
  const { compare } = new Intl.Collator("en", { numeric: true });
  const sequences = Array.from(kinds.values(), (sequence) => sequence.toSorted((a, b) => compare(a.name, b.name)));
  const hasTie = sequences.some((sequence) =>
    sequence.some(({ name }, i) => i > 0 && compare(sequence[i - 1].name, name) === 0),
  );
  return hasTie ? undefined : sequences;
}

/** The first two ways to merge sequences into one whose shapes chain; undefined where there are too many to try. */
function chainsOf<Layer extends NamedLayer>(
  sequences: readonly (readonly Layer[])[],
  length: number,
): readonly (readonly Layer[])[] | undefined {
  const found: (readonly Layer[])[] = [];
  const chain: Layer[] = [];
  const taken = sequences.map(() => 0);
  let steps = 0;
  const extend = () => {
    if (chain.length === length) found.push([...chain]);
    for (const [s, sequence] of sequences.entries()) {
      const next = sequence[taken[s]];
      if (next === undefined || (chain.length > 0 && next.inputs !== chain[chain.length - 1].units)) continue;
      if (found.length > 1 || ++steps > MOST_STEPS) return;
      taken[s]++;
      chain.push(next);
      extend();
      chain.pop();
      taken[s]--;
    }
  };
  extend();
  return steps > MOST_STEPS ? undefined : found;
}
