import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { loadAddon } from "./backend/loader.ts";
import { DownhillError } from "./errors.ts";
import type { Platform } from "./platform.ts";

const decompress = promisify(gunzip);

/** What Node.js offers. */
export const nodePlatform: Platform = {
  readBytes,
  loadAddon,
  environment: process.env,
  nodeApi: Number(process.versions.napi),
  processors: availableParallelism(),
};

async function readBytes(path: string): Promise<Uint8Array> {
  let content: Uint8Array;
  try {
    content = await readFile(path);
  } catch (cause) {
    throw new DownhillError("ERR_DATA", `${path} cannot be read: ${reason(cause)}`, { cause });
  }
  if (!isGzip(content)) return privateBytes(content);
  try {
    return privateBytes(await decompress(content));
  } catch (cause) {
    throw new DownhillError("ERR_DATA", `${path} is damaged, its gzip data cannot be read: ${reason(cause)}`, {
      cause,
    });
  }
}

/** RFC 1952: a gzip member starts with the bytes 1f 8b. */
function isGzip(content: Uint8Array): boolean {
  return content.length >= 2 && content[0] === 0x1f && content[1] === 0x8b;
}

/** Small Buffers lie in a pool that all of the process shares; such bytes move to a buffer of their own. */
function privateBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.byteLength < bytes.buffer.byteLength) return new Uint8Array(bytes);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
