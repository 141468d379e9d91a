import type { Arithmetic, DType } from "downhill";
import type { Definition } from "./definitions.ts";

/** One way to run this package. */
export interface OwnVariant {
  readonly id: string;
  readonly how: string;
  readonly threads: number;
  readonly backend: "native" | "typescript";
  readonly dtype: DType;
  readonly arithmetic: Arithmetic;
}

const BASE = { backend: "native", dtype: "float32", arithmetic: "fast" } as const;

/** The options that a variant's id stands for. */
const OPTIONS: Readonly<Record<string, Omit<OwnVariant, "id" | "how" | "threads">>> = {
  native: BASE,
  "native-threads": BASE,
  "native-reproducible": { ...BASE, arithmetic: "reproducible" },
  "native-float64": { ...BASE, dtype: "float64" },
  typescript: { ...BASE, backend: "typescript" },
};

/** A variant by its id. */
export function ownVariant(id: string, threads: number): OwnVariant {
  const options = OPTIONS[id];
  if (!options)
    throw new Error(`there is no variant "${id}" of downhill; there are ${Object.keys(OPTIONS).join(", ")}`);
  const { backend, dtype, arithmetic } = options;
  return { id, how: `${backend} ${dtype} ${arithmetic}`, threads, ...options };
}

/**
 * The variants that a workload is measured with.
 *
 * @param cores - of the machine
 * @param hasNative - whether a binary can be loaded
 */
export function ownVariants({ usesThreads }: Pick<Definition, "usesThreads">, cores: number, hasNative: boolean) {
  const native = [
    ownVariant("native", 1),
    ...(usesThreads && cores > 1 ? [ownVariant("native-threads", cores)] : []),
    ownVariant("native-reproducible", 1),
    ownVariant("native-float64", 1),
  ];
  return [...(hasNative ? native : []), ownVariant("typescript", 1)];
}
