import { DownhillError, describe, reasonOf } from "../errors.ts";
import { currentPlatform } from "../platform.ts";
import type { Values } from "../types.ts";
import { containersIn } from "./containers.ts";

// A checkpoint file. Numbers are little-endian, gaps are zeros.
//
//     0        8 bytes   MAGIC
//     8        4         the version of this layout
//     12       4         h, the length of the header
//     16       8         the length of the file
//     24       h         the header: { header, arrays: [{ name, type, length, place }] } as JSON in UTF-8
//     then from a multiple of 8 on the arrays, each from a multiple of 8 on; `place` counts from the first of them
//     at last  32        SHA-256 of all bytes before
//
// JSON has no NaN, no infinities and no −0. They are the strings "$NaN", "$Infinity", "$-Infinity" and "$-0", and a
// string that begins with $ gets another one in front.

/** As PNG's signature does, it shows what a transfer as text would change. */
const MAGIC = Uint8Array.of(0x89, 0x44, 0x48, 0x43, 0x4b, 0x0d, 0x0a, 0x1a);
const VERSION = 1;
const HEAD_BYTES = 24;
const DIGEST_BYTES = 32;
const ALIGNMENT = 8;

/** The longest header: a history of some hundred thousand epochs. */
const MOST_HEADER_BYTES = 2 ** 26;
/** Arrays and objects in a header. */
const MOST_CONTAINERS = 2 ** 21;

const HOST_IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** What a checkpoint file holds. */
export interface Checkpoint {
  readonly header: Readonly<Record<string, unknown>>;
  /** Without a prototype: a name that is not in the file gives undefined, whichever it is. */
  readonly arrays: Readonly<Record<string, Values | undefined>>;
}

/** SHA-256 of parts in a row, (32): what the platform offers. */
type Sha256 = (parts: readonly Uint8Array[]) => Promise<Uint8Array>;

/** Where an array lies in a file. */
interface ArrayEntry {
  readonly name: string;
  readonly type: "float32" | "float64";
  readonly length: number;
  readonly place: number;
}

/**
 * Writes a checkpoint. The file that was there stays until the new one is complete on the disk, and takes its place in
 * one step; see `replaceFile` in `platform.ts`. The arrays may not change meanwhile.
 *
 * @param header - see `encodeCheckpoint`
 * @throws DownhillError `ERR_CHECKPOINT` when it cannot be written, with the system's reason
 */
export async function writeCheckpoint(
  path: string,
  header: object,
  arrays: Readonly<Record<string, Values>>,
): Promise<void> {
  const { replaceFile, sha256 } = currentPlatform();
  if (!replaceFile || !sha256) throw failure(path, "cannot be written: files can only be written in Node.js");
  try {
    await replaceFile(path, await encodeCheckpoint(header, arrays, sha256));
  } catch (cause) {
    throw failure(path, `cannot be written: ${reasonOf(cause)}`, cause);
  }
}

/**
 * Finds out whether a checkpoint can be written, before there is one.
 *
 * @throws DownhillError `ERR_CHECKPOINT` when it cannot, with the system's reason
 */
export async function assertWritable(path: string): Promise<void> {
  const { assertReplaceable } = currentPlatform();
  if (!assertReplaceable) throw failure(path, "cannot be written: files can only be written in Node.js");
  try {
    await assertReplaceable(path);
  } catch (cause) {
    throw failure(path, `cannot be written: ${reasonOf(cause)}`, cause);
  }
}

/**
 * Reads a checkpoint. No more than the first bytes of a file that is none are read.
 *
 * @throws DownhillError `ERR_CHECKPOINT` when the file cannot be read or is no intact checkpoint of this version
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const { readChecked, sha256 } = currentPlatform();
  if (!readChecked || !sha256) throw failure(path, "cannot be read: files can only be read in Node.js");
  let bytes: Uint8Array;
  try {
    bytes = await readChecked(path, HEAD_BYTES, (head, size) => assertHead(head, size, path));
  } catch (cause) {
    throw cause instanceof DownhillError ? cause : failure(path, `cannot be read: ${reasonOf(cause)}`, cause);
  }
  return decodeCheckpoint(bytes, path, sha256);
}

/**
 * The bytes of a checkpoint file, in parts: the arrays are not copied, so they may not change until the file is written.
 *
 * @param header - a plain object of what JSON can hold; numbers may also be NaN, infinite or −0. A field that is
 *   undefined is left out
 * @throws Error when the header is something else or too long
 */
export async function encodeCheckpoint(
  header: object,
  arrays: Readonly<Record<string, Values>>,
  sha256: Sha256,
): Promise<Uint8Array[]> {
  if (!isRecord(header)) throw new Error(`the header is ${describe(header)}, expected a plain object`);
  const entries: ArrayEntry[] = [];
  const body: Uint8Array[] = [];
  let place = 0;
  for (const [name, values] of Object.entries(arrays)) {
    const type = values instanceof Float64Array ? "float64" : "float32";
    entries.push({ name, type, length: values.length, place });
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    body.push(HOST_IS_LITTLE_ENDIAN ? bytes : reverseElements(bytes, values.BYTES_PER_ELEMENT), gapAfter(bytes.length));
    place += aligned(bytes.length);
  }
  const text = new TextEncoder().encode(JSON.stringify({ header, arrays: entries }, toJsonValue));
  const tooLarge = excessOf(text);
  if (tooLarge) throw new Error(tooLarge);
  const total = aligned(HEAD_BYTES + text.length) + place + DIGEST_BYTES;
  const parts = [headOf(text.length, total), text, gapAfter(HEAD_BYTES + text.length), ...body];
  return [...parts, await sha256(parts)];
}

/**
 * Takes a checkpoint file apart. Nothing is made whose size the file's own does not bound, whatever it says.
 *
 * @param bytes - the whole file; the arrays may be views of it
 * @param path - the file's name in error messages
 * @throws DownhillError `ERR_CHECKPOINT` for everything but an intact checkpoint of this version
 */
export async function decodeCheckpoint(bytes: Uint8Array, path: string, sha256: Sha256): Promise<Checkpoint> {
  assertHead(bytes.subarray(0, HEAD_BYTES), bytes.length, path);
  const end = bytes.length - DIGEST_BYTES;
  const digest = await sha256([bytes.subarray(0, end)]);
  try {
    if (digest.some((byte, i) => byte !== bytes[end + i])) throw new Error("its content does not match its SHA-256");
    const headerEnd = HEAD_BYTES + viewOf(bytes).getUint32(12, true);
    const bodyStart = aligned(headerEnd);
    if (bodyStart > end) throw new Error(`its header ends at byte ${headerEnd} of ${bytes.length}`);
    const { header, arrays } = parseHeader(bytes.subarray(HEAD_BYTES, headerEnd));
    return { header, arrays: readArrays(arrays, bytes.subarray(bodyStart, end)) };
  } catch (cause) {
    throw failure(path, `is damaged: ${reasonOf(cause)}`, cause);
  }
}

/** Whether a file that begins so is meant to be a checkpoint. */
export function isCheckpoint(start: Uint8Array): boolean {
  return MAGIC.every((byte, i) => byte === start[i]);
}

/** Checks the first HEAD_BYTES bytes of a file of this size, or what there is of them. */
function assertHead(head: Uint8Array, size: number, path: string): void {
  if (size < HEAD_BYTES + DIGEST_BYTES) {
    const least = HEAD_BYTES + DIGEST_BYTES;
    throw failure(path, `is too short for a checkpoint: found ${size} bytes, expected at least ${least}`);
  }
  if (!isCheckpoint(head)) {
    throw failure(path, `is no checkpoint: it starts with ${hexOf(head)}, expected ${hexOf(MAGIC)}`);
  }
  const view = viewOf(head);
  const version = view.getUint32(8, true);
  if (version !== VERSION) {
    throw failure(path, `is a checkpoint of version ${version}, expected ${VERSION}, the only one this release knows`);
  }
  const total = view.getBigUint64(16, true);
  if (total !== BigInt(size)) {
    const problem = size < total ? "is truncated" : "has trailing bytes";
    throw failure(path, `${problem}: found ${size} bytes, expected ${total}`);
  }
}

function headOf(headerBytes: number, total: number): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES);
  head.set(MAGIC);
  const view = viewOf(head);
  view.setUint32(8, VERSION, true);
  view.setUint32(12, headerBytes, true);
  view.setBigUint64(16, BigInt(total), true);
  return head;
}

/** The JSON text taken apart, with its outermost shape checked. */
function parseHeader(text: Uint8Array): { header: Record<string, unknown>; arrays: readonly unknown[] } {
  const tooLarge = excessOf(text);
  if (tooLarge) throw new Error(tooLarge);
  const parsed: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text), fromJsonValue);
  const { header, arrays } = isRecord(parsed) ? parsed : {};
  if (!isRecord(header)) throw new Error(`its header is ${describe(header)}, expected an object`);
  if (!Array.isArray(arrays)) throw new Error(`its list of arrays is ${describe(arrays)}, expected an array`);
  return { header, arrays };
}

/** The arrays, each of which has to begin where the one before it ends, so that they fill the body without overlaps. */
function readArrays(entries: readonly unknown[], body: Uint8Array): Checkpoint["arrays"] {
  const arrays: Record<string, Values> = Object.create(null);
  let place = 0;
  for (const [i, entry] of entries.entries()) {
    if (!isArrayEntry(entry)) throw new Error(`entry ${i} of its list of arrays is not one`);
    const { name, type, length } = entry;
    if (name in arrays) throw new Error(`it has two arrays ${describe(name)}`);
    // −0 is no place that this release writes.
    if (!Object.is(entry.place, place)) {
      throw new Error(`its array ${describe(name)} is at ${describe(entry.place)}, expected ${place}`);
    }
    const byteLength = length * (type === "float64" ? 8 : 4);
    if (!(byteLength <= body.length - place)) {
      throw new Error(
        `its array ${describe(name)} takes ${byteLength} bytes, where only ${body.length - place} are left`,
      );
    }
    arrays[name] = readArray(type, body.subarray(place, place + byteLength));
    place += aligned(byteLength);
  }
  if (place !== body.length) throw new Error(`its arrays take ${place} bytes, but there are ${body.length}`);
  return arrays;
}

/** An array over the bytes themselves where they are aligned as a typed array needs it, or over a copy. */
function readArray(type: ArrayEntry["type"], bytes: Uint8Array): Values {
  const size = type === "float64" ? 8 : 4;
  const native = HOST_IS_LITTLE_ENDIAN ? bytes : reverseElements(bytes, size);
  const { buffer, byteOffset, byteLength } = native.byteOffset % size === 0 ? native : native.slice();
  return type === "float64"
    ? new Float64Array(buffer, byteOffset, byteLength / 8)
    : new Float32Array(buffer, byteOffset, byteLength / 4);
}

function isArrayEntry(value: unknown): value is ArrayEntry {
  if (!isRecord(value)) return false;
  const { name, type, length } = value;
  return (
    typeof name === "string" &&
    (type === "float32" || type === "float64") &&
    Number.isSafeInteger(length) &&
    (length as number) >= 0 &&
    !Object.is(length, -0)
  );
}

/** What is too much about a header's text, if anything. */
function excessOf(text: Uint8Array): string | undefined {
  if (text.length > MOST_HEADER_BYTES) {
    return `its header has ${text.length} bytes, expected at most ${MOST_HEADER_BYTES}`;
  }
  const containers = containersIn(text);
  if (containers <= MOST_CONTAINERS) return undefined;
  return `its header has ${containers} arrays and objects, expected at most ${MOST_CONTAINERS}`;
}

const NUMBERS: ReadonlyMap<string, number> = new Map([
  ["$NaN", Number.NaN],
  ["$Infinity", Number.POSITIVE_INFINITY],
  ["$-Infinity", Number.NEGATIVE_INFINITY],
  ["$-0", -0],
]);

/** For JSON.stringify: refuses what would come back as something else. */
function toJsonValue(key: string, value: unknown): unknown {
  if (key === "__proto__") throw new Error("a field of the header has the name __proto__");
  if (typeof value === "number") {
    if (Object.is(value, -0)) return "$-0";
    return Number.isFinite(value) ? value : `$${value}`;
  }
  if (typeof value === "string") return value.startsWith("$") ? `$${value}` : value;
  if (value === undefined || value === null || typeof value === "boolean" || Array.isArray(value) || isRecord(value)) {
    return value;
  }
  throw new Error(`${key} in the header is ${describe(value)}, expected what JSON can hold`);
}

/** For JSON.parse: the inverse of `toJsonValue`. */
function fromJsonValue(key: string, value: unknown): unknown {
  if (key === "__proto__") throw new Error("a field of its header has the name __proto__");
  if (typeof value !== "string" || !value.startsWith("$")) return value;
  if (value.startsWith("$$")) return value.slice(1);
  const number = NUMBERS.get(value);
  if (number === undefined) throw new Error(`${describe(value)} in its header stands for no number`);
  return number;
}

/** Whether a value is an object that JSON brings back as it was. */
function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * A copy of an array's bytes with those of each element in the other order: from this machine's to little-endian and
 * back, where they differ.
 */
export function reverseElements(bytes: Uint8Array, elementBytes: number): Uint8Array {
  const reversed = bytes.slice();
  for (let from = 0; from < reversed.length; from += elementBytes) {
    reversed.subarray(from, from + elementBytes).reverse();
  }
  return reversed;
}

function aligned(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}

function gapAfter(length: number): Uint8Array {
  return new Uint8Array(aligned(length) - length);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, MAGIC.length), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

function failure(path: string, message: string, cause?: unknown): DownhillError {
  return new DownhillError("ERR_CHECKPOINT", `${path} ${message}`, cause === undefined ? undefined : { cause });
}
