import { createHash } from "node:crypto";
import { open, stat } from "node:fs/promises";
import { pipeline, Readable } from "node:stream";
import { TextDecoder } from "node:util";
import { createGunzip } from "node:zlib";
import { DownhillError } from "./errors.ts";
import { nextTurn } from "./turn.ts";

export { assertReplaceable, replaceFile } from "./replace_file.ts";

// Files in Node.js: what each function does is said in `platform.ts`.

export async function readBytes(
  path: string,
  headBytes: number,
  sizeOf: (head: Uint8Array) => number,
): Promise<Uint8Array> {
  let bytes = new Uint8Array(0);
  let length = 0;
  let size = Number.POSITIVE_INFINITY;
  try {
    for await (const piece of bytesOf(path)) {
      const end = length + piece.length;
      // Memory is taken for what has come: the size that a file declares may be any.
      if (end > bytes.length) bytes = resized(bytes, Math.min(2 * end, Math.max(size, end)));
      bytes.set(piece, length);
      if (length < headBytes && end >= headBytes) size = sizeOf(bytes.subarray(0, headBytes));
      if (end > size) throw new Error(`it goes on behind the ${size} bytes that it declares`);
      length = end;
    }
    if (length < headBytes) sizeOf(bytes.subarray(0, length));
    return resized(bytes, length);
  } catch (cause) {
    throw cause instanceof DownhillError ? cause : fileError(path, cause);
  }
}

/** The bytes in a buffer of that length, their own where it has it. */
function resized(bytes: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  if (bytes.length === length) return bytes;
  const copy = new Uint8Array(length);
  copy.set(bytes.subarray(0, length));
  return copy;
}

/**
 * The text of a file as it is read, in pieces of up to some 64 KB, decompressed when the file is gzip, without a byte
 * order mark, and of that what `pass` lets through. Fails with `ERR_DATA` when the file cannot be read, is no regular
 * file or is not UTF-8. One piece at a time is read ahead, so that whoever parses them gives way to others in between.
 */
export function openText(path: string, pass: (pieces: AsyncIterable<string>) => AsyncIterable<string>): Readable {
  return Readable.from(pass(textOf(path)), { highWaterMark: 1 });
}

async function* textOf(path: string): AsyncGenerator<string> {
  // Fatal: other encodings would turn into replacement characters without a word. It takes a byte order mark away.
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    for await (const bytes of bytesOf(path)) yield decoder.decode(bytes, { stream: true });
    yield decoder.decode();
  } catch (cause) {
    throw fileError(path, cause);
  }
}

/** How many bytes are decompressed at once: as many as a file is read by. */
const PIECE_BYTES = 2 ** 16;

async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  await assertRegular(path);
  const file = await open(path);
  const stream = file.createReadStream({ highWaterMark: PIECE_BYTES });
  try {
    const { size } = await file.stat();
    const pieces: AsyncIterator<Uint8Array> = stream[Symbol.asyncIterator]();
    const start = await pieces.next();
    if (start.done) return;
    const all = withStart(start.value, pieces);
    if (isGzip(start.value)) {
      yield* pipeline(all, createGunzip({ chunkSize: PIECE_BYTES }), () => {});
      return;
    }
    yield* all;
    // The rows that are left would look like the whole of it.
    if (stream.bytesRead < size) throw new Error(`it ends at byte ${stream.bytesRead} of ${size}`);
  } finally {
    stream.destroy();
  }
}

async function* withStart(start: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield start;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

function fileError(path: string, cause: unknown): DownhillError {
  const { code = "", message = String(cause) } = cause instanceof Error ? (cause as NodeJS.ErrnoException) : {};
  const error = (what: string) => new DownhillError("ERR_DATA", `${path} ${what}: ${message}`, { cause });
  if (code.startsWith("Z_")) return error("is damaged, its gzip data cannot be read");
  return error(code === "ERR_ENCODING_INVALID_ENCODED_DATA" ? "is not UTF-8" : "cannot be read");
}

/** RFC 1952: a gzip member starts with the bytes 1f 8b. */
function isGzip(content: Uint8Array): boolean {
  return content.length >= 2 && content[0] === 0x1f && content[1] === 0x8b;
}

/** Before a file is opened: a pipe would wait for its writer, whatever becomes of the caller meanwhile. */
async function assertRegular(path: string): Promise<void> {
  if (!(await stat(path)).isFile()) throw new Error("it is not a regular file");
}

/** A single read gives at most 2 GiB. */
const READ_AT_ONCE = 2 ** 26;

export async function readChecked(
  path: string,
  headBytes: number,
  check: (head: Uint8Array, size: number) => void,
): Promise<Uint8Array> {
  await assertRegular(path);
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const head = new Uint8Array(Math.min(headBytes, size));
    await file.read(head, 0, head.length, 0);
    check(head, size);
    const bytes = new Uint8Array(size);
    for (let from = 0; from < bytes.length; ) {
      const { bytesRead } = await file.read(bytes, from, Math.min(READ_AT_ONCE, bytes.length - from), from);
      if (bytesRead === 0) throw new Error(`it ends at byte ${from} of ${bytes.length}`);
      from += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}

/** Hashed without a turn of the event loop: a few milliseconds. */
const HASHED_AT_ONCE = 2 ** 21;

export async function sha256(parts: readonly Uint8Array[]): Promise<Uint8Array> {
  const hash = createHash("sha256");
  for (const part of parts) {
    for (let from = 0; from < part.length; from += HASHED_AT_ONCE) {
      if (from > 0) await nextTurn();
      hash.update(part.subarray(from, from + HASHED_AT_ONCE));
    }
  }
  return hash.digest();
}
