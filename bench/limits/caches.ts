import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Where values are read from. */
export type MemoryLevel = "L1" | "L2" | "L3" | "memory";

/** Bytes of the data caches: L1 and L2 of one core, L3 of all together. Undefined where the machine does not tell. */
export interface CacheSizes {
  readonly L1: number | undefined;
  readonly L2: number | undefined;
  readonly L3: number | undefined;
}

/** What the system tells of the first core's caches. */
export function readCacheSizes(): CacheSizes {
  return fromSysfs("/sys/devices/system/cpu/cpu0/cache") ?? fromSysctl() ?? fromGetconf();
}

/** Linux: a folder a cache. */
export function fromSysfs(folder: string): CacheSizes | undefined {
  try {
    const caches = readdirSync(folder)
      .filter((name) => name.startsWith("index"))
      .map((name) => {
        const read = (file: string) => readFileSync(join(folder, name, file), "utf8").trim();
        return { level: read("level"), type: read("type"), bytes: Number.parseInt(read("size"), 10) * 1024 };
      })
      .filter(({ type }) => type !== "Instruction");
    const sizeOf = (level: string) => caches.find((cache) => cache.level === level)?.bytes;
    return caches.length > 0 ? { L1: sizeOf("1"), L2: sizeOf("2"), L3: sizeOf("3") } : undefined;
  } catch {
    return undefined;
  }
}

/** macOS. */
function fromSysctl(): CacheSizes | undefined {
  if (process.platform !== "darwin") return undefined;
  const sizeOf = (name: string) => numberFrom("sysctl", ["-n", name]);
  return { L1: sizeOf("hw.l1dcachesize"), L2: sizeOf("hw.l2cachesize"), L3: sizeOf("hw.l3cachesize") };
}

function fromGetconf(): CacheSizes {
  const sizeOf = (name: string) => numberFrom("getconf", [name]);
  return { L1: sizeOf("LEVEL1_DCACHE_SIZE"), L2: sizeOf("LEVEL2_CACHE_SIZE"), L3: sizeOf("LEVEL3_CACHE_SIZE") };
}

/** A command's output as a positive number, or undefined. */
function numberFrom(file: string, args: readonly string[]): number | undefined {
  try {
    const value = Number(execFileSync(file, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
    return value > 0 ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The nearest level that holds so many bytes, shared out evenly among threads: each has its core's L1 and L2.
 */
export function levelHolding(bytes: number, threads: number, { L1, L2, L3 }: CacheSizes): MemoryLevel {
  if (L1 !== undefined && bytes <= L1 * threads) return "L1";
  if (L2 !== undefined && bytes <= L2 * threads) return "L2";
  return L3 !== undefined && bytes <= L3 ? "L3" : "memory";
}

/** Larger caches of many sockets would take too long to leave behind. */
const MOST_BYTES = 2 ** 29;

/**
 * How many bytes all threads together read to measure a level: half of L1 and of L2; for L3 the geometric mean of what
 * the level below and itself hold, as pages of a full L3 would no longer be found at once; well beyond the last for
 * memory. Undefined where the machine does not tell.
 */
export function bytesToRead(level: MemoryLevel, threads: number, { L1, L2, L3 }: CacheSizes): number | undefined {
  const below = (L2 ?? 0) * threads;
  switch (level) {
    case "L1":
      return L1 && (L1 * threads) / 2;
    case "L2":
      return L2 && below / 2;
    case "L3":
      return L3 && Math.floor(Math.sqrt((below || L3 / 4) * L3));
    case "memory": {
      const last = L3 ?? below;
      return last === 0 ? undefined : Math.min(MOST_BYTES, Math.max(2 ** 26, 4 * last));
    }
  }
}
