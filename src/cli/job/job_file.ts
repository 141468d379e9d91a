import { dirname } from "node:path";
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { reasonOf } from "../../errors.ts";
import { readBoundedText } from "../bounded_text.ts";
import { CommandError, UsageError } from "../command_error.ts";
import { Place, type Position } from "./place.ts";

/** No job needs more, and nobody wants to wait for a file that was given by mistake. */
const MOST_BYTES = 2 ** 20;

/** Endings of the names of job files. */
export const JOB_FILE = /\.(ya?ml|json)$/i;

/**
 * Reads a job from a YAML or JSON file.
 *
 * @param check - makes the job of the place that the whole file is
 * @throws UsageError for mistakes in the file, with its name, line, column and key
 * @throws CommandError when the file cannot be read
 */
export async function readJobFile<T>(path: string, check: (place: Place) => T): Promise<T> {
  return parseJob(await readText(path), path, check);
}

/** @param path - the file's name in messages; paths in the job start in its folder */
export function parseJob<T>(text: string, path: string, check: (place: Place) => T): T {
  const lines = new LineCounter();
  const document = readYaml(text, path, lines);
  const at = (node: Node | null | undefined): Position | undefined => {
    if (!node?.range) return undefined;
    const { line, col } = lines.linePos(node.range[0]);
    return { line, column: col };
  };
  const positions = new Map<string, Position>();
  const value = plainOf(document.contents, "", positions, at, path);
  return check(new Place(value, "", { file: path, folder: dirname(path), positions }));
}

async function readText(path: string): Promise<string> {
  try {
    return await readBoundedText(path, MOST_BYTES);
  } catch (cause) {
    throw new CommandError(`${path} cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

function readYaml(text: string, path: string, lines: LineCounter) {
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
    const [error] = document.errors;
    if (!error) return document;
    const { line, col } = lines.linePos(error.pos[0]);
    throw new UsageError(`${path}:${line}:${col}: ${error.message}`);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    // The parser goes into nested lists by calling itself.
    throw new UsageError(`${path} cannot be read as YAML or JSON: ${reasonOf(error)}`);
  }
}

/** The plain value of a node, and where each part of it stands: by names such as `fit.learningRate` and `network.layers[0]`. */
function plainOf(
  node: unknown,
  name: string,
  positions: Map<string, Position>,
  at: (node: Node) => Position | undefined,
  path: string,
): unknown {
  if (node === null || node === undefined) return null;
  const position = at(node as Node);
  if (position && !positions.has(name)) positions.set(name, position);
  if (isScalar(node)) return node.value;
  if (isSeq(node)) {
    return node.items.map((item, i) => plainOf(item, `${name}[${i}]`, positions, at, path));
  }
  const where = position ? `${path}:${position.line}:${position.column}` : path;
  if (isAlias(node)) throw new UsageError(`${where}: aliases such as *${node.source} are not supported`);
  if (!isMap(node)) throw new UsageError(`${where}: ${name} is neither a value nor a list nor a mapping`);
  const entries: [string, unknown][] = [];
  for (const { key, value } of node.items) {
    if (!isScalar(key)) throw new UsageError(`${where}: ${name} has a key that is not a text`);
    const inner = name === "" ? String(key.value) : `${name}.${key.value}`;
    const place = at(key);
    if (place) positions.set(inner, place);
    entries.push([String(key.value), plainOf(value, inner, positions, at, path)]);
  }
  // Unlike an assignment, this makes an ordinary entry of the key __proto__.
  return Object.fromEntries(entries);
}
