import { describe } from "../errors.ts";
import { formatError } from "./format_error.ts";
import { bfloat16, float16 } from "./half.ts";

// A safetensors file (https://github.com/huggingface/safetensors, "Format"). Numbers are little-endian.
//
//     0   8 bytes   h, the length of the header
//     8   h         the header: { "__metadata__": { KEY: text }, NAME: { dtype, shape, data_offsets: [from, to] }, … } as
//                   JSON in UTF-8, perhaps with spaces behind it
//     then the tensors, row-major; offsets count from the first of them, and they fill the rest without gaps or overlaps
//
// The format leaves open where tensors lie; here the header is filled up so that they begin at a multiple of 8, which
// readers that map a file into memory are glad of.

const HEAD_BYTES = 8;
const ALIGNMENT = 8;
const METADATA = "__metadata__";

/** What the format allows: the limit of its own implementation. */
const MOST_HEADER_BYTES = 100_000_000;
/** Of names, lists and objects in a header: a tensor has seven. */
const MOST_ITEMS = 2 ** 20;
/** A tensor's shape in its entry in the header. */
const MOST_DEPTH = 3;
/** Of a shape in an error. */
const LISTED_SIZES = 8;

/** The element types that weights come in, with their bytes and how one is read. */
const ELEMENTS = {
  F64: { bytes: 8, read: (view: DataView, at: number) => view.getFloat64(at, true) },
  F32: { bytes: 4, read: (view: DataView, at: number) => view.getFloat32(at, true) },
  F16: { bytes: 2, read: (view: DataView, at: number) => float16(view.getUint16(at, true)) },
  BF16: { bytes: 2, read: (view: DataView, at: number) => bfloat16(view.getUint16(at, true)) },
} as const;
export type ElementType = keyof typeof ELEMENTS;

export interface Tensor {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** As in the file. */
  readonly bytes: Uint8Array;
}

export interface TensorFile {
  readonly metadata: ReadonlyMap<string, string>;
  /** In the order of the file. */
  readonly tensors: readonly Tensor[];
}

/** The bytes of a file, in parts; the tensors are not copied. */
export function encodeTensors({ metadata, tensors }: TensorFile): Uint8Array[] {
  let end = 0;
  const entries = tensors.map(({ name, type, shape, bytes }) => {
    const begin = end;
    end += bytes.length;
    return [name, { dtype: type, shape, data_offsets: [begin, end] }];
  });
  const text = new TextEncoder().encode(
    JSON.stringify(Object.fromEntries([[METADATA, Object.fromEntries(metadata)], ...entries])),
  );
  const length = Math.ceil(text.length / ALIGNMENT) * ALIGNMENT;
  if (length > MOST_HEADER_BYTES) {
    throw formatError(`the header takes ${length} bytes, where safetensors allows ${MOST_HEADER_BYTES}`);
  }
  const head = new Uint8Array(HEAD_BYTES + length).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(length), true);
  head.set(text, HEAD_BYTES);
  return [head, ...tensors.map(({ bytes }) => bytes)];
}

/**
 * Takes a file apart. Nothing is made whose size the file's own does not bound, whatever it says.
 *
 * @returns tensors that are views of the bytes; their values are not looked at
 * @throws DownhillError `ERR_FORMAT` for what breaks a rule of the format, and for element types other than the four above
 */
export function decodeTensors(bytes: Uint8Array): TensorFile {
  const header = parseHeader(headerOf(bytes));
  const body = bytes.subarray(HEAD_BYTES + headerLength(bytes));
  const { [METADATA]: metadata, ...entries } = header;
  return { metadata: metadataOf(metadata), tensors: tensorsOf(Object.entries(entries), body) };
}

/** The values of a tensor from an element on, one after the other. */
export function reader({ type, bytes }: Tensor): (index: number) => number {
  const { bytes: size, read } = ELEMENTS[type];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (index) => read(view, index * size);
}

/** A tensor in a few words: its name and its shape. */
export function labelOf({ name, shape }: Pick<Tensor, "name" | "shape">): string {
  const sizes = shape.slice(0, LISTED_SIZES).join(", ");
  return `${describe(name)} of shape (${sizes}${shape.length > LISTED_SIZES ? ", …" : ""})`;
}

/** The length that a file's first bytes give; no more than there is. */
function headerLength(bytes: Uint8Array): number {
  if (bytes.length < HEAD_BYTES) {
    throw formatError(`it has ${bytes.length} bytes, expected the ${HEAD_BYTES} that a safetensors file begins with`);
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset, HEAD_BYTES).getBigUint64(0, true);
  if (length > MOST_HEADER_BYTES)
    throw formatError(`its header has ${length} bytes, expected at most ${MOST_HEADER_BYTES}`);
  if (length > bytes.length - HEAD_BYTES) {
    throw formatError(`its header has ${length} bytes, where only ${bytes.length - HEAD_BYTES} are left`);
  }
  return Number(length);
}

function headerOf(bytes: Uint8Array): string {
  const header = bytes.subarray(HEAD_BYTES, HEAD_BYTES + headerLength(bytes));
  if (header[0] !== 0x7b) throw formatError(`its header begins with byte ${header[0]}, expected {`);
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(header);
}

function parseHeader(text: string): Record<string, unknown> {
  assertPlain(text);
  // It begins with { and is therefore an object.
  return JSON.parse(text);
}

/**
 * Refuses what JSON.parse would take: a name that is there twice, of which it keeps the second; and what is so deep or has
 * so many parts that its objects would take much more memory than its text.
 */
function assertPlain(text: string): void {
  const open: Set<string>[] = [];
  let depth = 0;
  let items = 0;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (letter === '"') {
      const end = endOfString(text, at);
      if (isName(text, end)) {
        items++;
        const name: string = JSON.parse(text.slice(at, end));
        const names = open[open.length - 1];
        if (names?.has(name)) throw formatError(`its header has the name ${describe(name)} twice`);
        names?.add(name);
      }
      at = end - 1;
    } else if (letter === "{" || letter === "[") {
      items++;
      depth++;
      if (letter === "{") open.push(new Set());
    } else if (letter === "}" || letter === "]") {
      depth--;
      if (letter === "}") open.pop();
    }
    if (depth > MOST_DEPTH) throw formatError(`its header is nested deeper than ${MOST_DEPTH} levels`);
    if (items > MOST_ITEMS) throw formatError(`its header has more than ${MOST_ITEMS} names, lists and objects`);
  }
}

/** The index behind the closing quotation mark of the text that begins at `from`. */
function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

/** Whether a colon follows. */
function isName(text: string, from: number): boolean {
  let at = from;
  while (text[at] === " " || text[at] === "\n" || text[at] === "\r" || text[at] === "\t") at++;
  return text[at] === ":";
}

function metadataOf(given: unknown): ReadonlyMap<string, string> {
  if (given === undefined) return new Map();
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw formatError(`its ${METADATA} is ${describe(given)}, expected an object`);
  }
  const entries = Object.entries(given);
  const wrong = entries.find(([, value]) => typeof value !== "string");
  if (wrong)
    throw formatError(`its ${METADATA} has ${describe(wrong[1])} under ${describe(wrong[0])}, expected a text`);
  return new Map(entries);
}

/** The tensors in the order of the body, which they have to fill. */
function tensorsOf(entries: readonly (readonly [string, unknown])[], body: Uint8Array): Tensor[] {
  const placed = entries.map(([name, entry]) => placedTensor(name, entry));
  placed.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let place = 0;
  const tensors = placed.map(({ name, type, shape, begin, end }) => {
    if (begin !== place) {
      throw formatError(
        `its tensor ${describe(name)} begins at ${begin}, expected ${place}, without gaps and overlaps`,
      );
    }
    if (end > body.length) {
      throw formatError(`its tensor ${describe(name)} ends at ${end}, where there are ${body.length} bytes`);
    }
    place = end;
    return { name, type, shape, bytes: body.subarray(begin, end) };
  });
  if (place !== body.length) throw formatError(`its tensors take ${place} bytes, but there are ${body.length}`);
  return tensors;
}

function placedTensor(name: string, entry: unknown) {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Readonly<Record<string, unknown>>;
  const what = `its tensor ${describe(name)}`;
  if (!isElementType(dtype)) {
    throw formatError(`${what} has the dtype ${describe(dtype)}, expected one of ${Object.keys(ELEMENTS).join(", ")}`);
  }
  if (!isSizes(shape)) throw formatError(`${what} has the shape ${describe(shape)}, expected a list of sizes`);
  if (!isSizes(offsets) || offsets.length !== 2) {
    throw formatError(`${what} has the data_offsets ${describe(offsets)}, expected where it begins and ends`);
  }
  const [begin, end] = offsets;
  const length = ELEMENTS[dtype].bytes * shape.reduce((product, size) => product * size, 1);
  if (end - begin !== length)
    throw formatError(`${what} takes the bytes ${begin} to ${end}, expected ${length} of them`);
  return { name, type: dtype, shape, begin, end };
}

function isElementType(value: unknown): value is ElementType {
  return typeof value === "string" && Object.hasOwn(ELEMENTS, value);
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
