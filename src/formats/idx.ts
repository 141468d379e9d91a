import { DownhillError } from "../errors.ts";

/** IDX's code for values of one unsigned byte, the only kind that digit data sets use. */
const UNSIGNED_BYTE = 0x08;
const GZIP_START = 0x1f8b;

/** What the dimensions of a file count. */
const IMAGES = ["images", "rows", "columns"] as const;
const LABELS = ["labels"] as const;

/** Grey images from an IDX file. */
export interface IdxImages {
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
  /** (count, rows × columns), row-major, 0 to 255: a view into the bytes that were parsed. */
  readonly pixels: Uint8Array;
}

/** Labels from an IDX file. */
export interface IdxLabels {
  readonly count: number;
  /** (count), 0 to 255: a view into the bytes that were parsed. */
  readonly labels: Uint8Array;
}

/**
 * Parses an IDX file of images: three dimensions (images, rows, columns) of unsigned bytes.
 *
 * @param bytes - the whole file, decompressed
 * @param where - the file's name in error messages
 * @throws DownhillError `ERR_DATA` when the bytes are anything else, truncated or followed by more
 */
export function parseIdxImages(bytes: Uint8Array, where: string): IdxImages {
  const { sizes, values } = parseIdx(bytes, where, IMAGES);
  const [count, rows, columns] = sizes;
  return { count, rows, columns, pixels: values };
}

/**
 * Parses an IDX file of labels: one dimension of unsigned bytes.
 *
 * @param bytes - the whole file, decompressed
 * @param where - the file's name in error messages
 * @throws DownhillError `ERR_DATA` when the bytes are anything else, truncated or followed by more
 */
export function parseIdxLabels(bytes: Uint8Array, where: string): IdxLabels {
  const { sizes, values } = parseIdx(bytes, where, LABELS);
  return { count: sizes[0], labels: values };
}

/** How an IDX file begins, and how long one is that begins so. */
export interface IdxStart {
  readonly headBytes: number;
  /**
   * @param head - the first `headBytes` of a file, or as many as there are
   * @throws DownhillError `ERR_DATA` when no such file begins so
   */
  readonly sizeOf: (head: Uint8Array, where: string) => number;
}

export const IDX_IMAGES: IdxStart = startOf(IMAGES);
export const IDX_LABELS: IdxStart = startOf(LABELS);

function startOf(dimensions: readonly string[]): IdxStart {
  return {
    headBytes: 4 + 4 * dimensions.length,
    sizeOf: (head, where) => parseHeader(head, where, dimensions).expected,
  };
}

/** A whole file. */
function parseIdx(bytes: Uint8Array, where: string, dimensions: readonly string[]) {
  const { sizes, headerLength, expected, fail } = parseHeader(bytes, where, dimensions);
  if (bytes.length !== expected) {
    const problem = bytes.length < expected ? "is truncated" : "has trailing bytes";
    const contents = sizes.map((size, dimension) => `${size} ${dimensions[dimension]}`).join(" x ");
    throw fail(`${problem}: found ${bytes.length} bytes, expected ${expected} for ${contents}`);
  }
  return { sizes, values: bytes.subarray(headerLength) };
}

/**
 * The layout: two zero bytes, the type of the values, the number of dimensions, then the size of each
 * dimension (32 bits, big-endian), then the values, the last dimension running fastest.
 *
 * @param bytes - what there is of the file
 * @param dimensions - what each expected dimension counts
 */
function parseHeader(bytes: Uint8Array, where: string, dimensions: readonly string[]) {
  const fail = (message: string) => new DownhillError("ERR_DATA", `${where} ${message}`);
  const headerLength = 4 + 4 * dimensions.length;
  if (bytes.length < 4) {
    throw fail(`is too short for an IDX file: found ${bytes.length} bytes, expected at least ${headerLength}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = view.getUint16(0);
  if (start !== 0) {
    const hint = start === GZIP_START ? " (it is gzip data)" : "";
    throw fail(`is not an IDX file: it starts with the bytes ${hex(bytes[0])} ${hex(bytes[1])}${hint}, expected 00 00`);
  }
  if (bytes[2] !== UNSIGNED_BYTE) {
    throw fail(`holds values of IDX type 0x${hex(bytes[2])}, expected 0x${hex(UNSIGNED_BYTE)} (unsigned bytes)`);
  }
  if (bytes[3] !== dimensions.length) {
    throw fail(`has the wrong number of dimensions: found ${bytes[3]}, expected ${list(dimensions)}`);
  }
  if (bytes.length < headerLength) {
    throw fail(`is truncated: found ${bytes.length} bytes, expected a header of ${headerLength}`);
  }
  const sizes = dimensions.map((_, dimension) => view.getUint32(4 + 4 * dimension));
  const empty = sizes.indexOf(0);
  if (empty >= 0) throw fail(`is empty: found 0 ${dimensions[empty]}, expected at least 1`);

  const expected = headerLength + sizes.reduce((product, size) => product * size, 1);
  return { sizes, headerLength, expected, fail };
}

function list(dimensions: readonly string[]): string {
  return `${dimensions.length} (${dimensions.join(", ")})`;
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
