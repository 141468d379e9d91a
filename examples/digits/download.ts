import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { CommandError, errorCode } from "../common/errors.ts";
import { type DataFile, findVariants } from "./mnist.ts";

/** How to fetch files. */
export interface DownloadOptions {
  /** The folder that keeps them; made if need be. */
  readonly cache: string;
  /** Addresses ending in a slash, tried one after the other. */
  readonly mirrors: readonly string[];
  /** How long a mirror may stay silent, in milliseconds; 30,000 by default. */
  readonly patience?: number;
  /** Called before a file is fetched from a mirror. */
  readonly onFetch?: (address: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Makes sure that the files lie in the cache folder, each with the digest it should have. What is there already and
 * is sound is not fetched again. A file gets its name only once its digest was found right.
 *
 * @returns the path of each file, in the order of `files`
 * @throws CommandError naming the first file that no mirror delivered, and why each mirror did not
 */
export async function downloadFiles(files: readonly DataFile[], options: DownloadOptions): Promise<string[]> {
  await mkdir(options.cache, { recursive: true });
  let mirrors = options.mirrors;
  const paths: string[] = [];
  for (const file of files) {
    const cached = await findSound(options.cache, file);
    if (cached !== undefined) {
      paths.push(cached);
      continue;
    }
    const { path, mirror } = await fetchFromAny(file, mirrors, options);
    paths.push(path);
    // What has just worked comes first for the next file.
    mirrors = [mirror, ...mirrors.filter((other) => other !== mirror)];
  }
  return paths;
}

/** The first of the file's variants in the folder whose content has the right digest. */
async function findSound(folder: string, file: DataFile): Promise<string | undefined> {
  for (const path of await findVariants(folder, file.name)) {
    const digest = await unpackedDigest(path).catch(() => undefined);
    if (digest === file.sha256) return path;
  }
  return undefined;
}

async function fetchFromAny(
  file: DataFile,
  mirrors: readonly string[],
  options: DownloadOptions,
): Promise<{ path: string; mirror: string }> {
  const failures: string[] = [];
  for (const mirror of mirrors) {
    try {
      return { path: await fetchFile(file, mirror, options), mirror };
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof DeliveryError)) throw error;
      failures.push(`${mirror}: ${error.message}`);
    }
  }
  throw new CommandError(`cannot download ${file.name}.gz: ${failures.join("; ")}`);
}

/** A mirror did not deliver what it should; another may. */
class DeliveryError extends Error {}

async function fetchFile(file: DataFile, mirror: string, options: DownloadOptions): Promise<string> {
  const address = `${mirror}${file.name}.gz`;
  options.onFetch?.(address);
  const temporary = join(options.cache, `.${file.name}.${randomUUID()}.part`);
  try {
    await fetchTo(temporary, address, options);
    await verify(temporary, file);
    // A server may unpack on the way what it stores packed.
    const path = join(options.cache, (await isGzip(temporary)) ? `${file.name}.gz` : file.name);
    await rename(temporary, path);
    return path;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function fetchTo(path: string, address: string, options: DownloadOptions): Promise<void> {
  const silence = new AbortController();
  const patience = options.patience ?? 30_000;
  const timer = setTimeout(() => {
    silence.abort(new DeliveryError(`no answer within ${patience / 1000} s`));
  }, patience);
  const signal = options.signal ? AbortSignal.any([silence.signal, options.signal]) : silence.signal;
  try {
    const response = await fetch(address, { signal }).catch(blameMirror);
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw new DeliveryError(`HTTP ${response.status} ${response.statusText}`.trimEnd());
    }
    const received = response.body;
    const chunks = async function* () {
      try {
        for await (const chunk of Readable.fromWeb(received)) {
          timer.refresh();
          yield chunk;
        }
      } catch (error) {
        blameMirror(error);
      }
    };
    await pipeline(chunks, createWriteStream(path));
  } catch (error) {
    throw silence.signal.aborted ? silence.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

/** Turns what `fetch` throws into words: it hides the reason in the cause of the cause. */
function blameMirror(error: unknown): never {
  let reason = error;
  while (reason instanceof Error && reason.cause instanceof Error) reason = reason.cause;
  const code = errorCode(reason);
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: "connection refused",
    ECONNRESET: "connection lost",
    UND_ERR_SOCKET: "connection lost",
    ENOTFOUND: "host not found",
    EAI_AGAIN: "host not found",
    ENETUNREACH: "network unreachable",
    ETIMEDOUT: "no answer",
    UND_ERR_CONNECT_TIMEOUT: "no answer",
  };
  const message = code !== undefined && code in words ? words[code] : reason instanceof Error && reason.message;
  throw new DeliveryError(message || "the connection failed", { cause: error });
}

async function verify(path: string, file: DataFile): Promise<void> {
  let digest: string;
  try {
    digest = await unpackedDigest(path);
  } catch (error) {
    // Only the unpacking reports codes that begin with Z_; the rest is trouble with the disk.
    if (!errorCode(error)?.startsWith("Z_")) throw error;
    const truncated = errorCode(error) === "Z_BUF_ERROR";
    throw new DeliveryError(truncated ? "the file is truncated" : "the file is damaged", { cause: error });
  }
  if (digest !== file.sha256) {
    throw new DeliveryError(`the file has SHA-256 ${digest}, expected ${file.sha256}`);
  }
}

/** The SHA-256 of a file's bytes, unpacked if they are packed, in hexadecimal. */
async function unpackedDigest(path: string): Promise<string> {
  const hash = createHash("sha256");
  const packed = await isGzip(path);
  await (packed ? pipeline(createReadStream(path), createGunzip(), hash) : pipeline(createReadStream(path), hash));
  return hash.digest("hex");
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}
