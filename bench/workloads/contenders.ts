import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Peer } from "../peers/registry.ts";
import type { Identity } from "../report/results.ts";
import type { Command } from "./contender_process.ts";
import type { Definition } from "./definitions.ts";
import { type OwnVariant, ownVariants } from "./own_variants.ts";

/** Someone who can be asked to do a workload. */
export interface Contender {
  readonly identity: Identity;
  readonly command: Command;
}

/** What is there to be measured. */
export interface Field {
  readonly peers: readonly Peer[];
  /** The interpreter that Python's peers run on. */
  readonly python: string;
  readonly cores: number;
  readonly hasNative: boolean;
}

/** What lets a Node process import TypeScript. */
const TYPESCRIPT_LOADER = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

export const OWN_FAMILY = "downhill";

/**
 * This package in one variant.
 *
 * @param packageUrl - the index.js of another build; default: this checkout's
 */
export function ownContender(variant: OwnVariant, packageUrl?: string): Contender {
  const { id, how, threads, dtype } = variant;
  const child = fileURLToPath(new URL("./own_child.ts", import.meta.url));
  const args = ["--import", TYPESCRIPT_LOADER, child, ...(packageUrl === undefined ? [] : [packageUrl])];
  return {
    identity: { family: OWN_FAMILY, title: OWN_FAMILY, variant: id, how, threads, dtype },
    command: { file: process.execPath, args },
  };
}

/** All that take part in a workload: this package first, then the peers in the order of their list. */
export function contendersFor(definition: Definition, { peers, python, cores, hasNative }: Field): Contender[] {
  const own = ownVariants(definition, cores, hasNative).map((variant) => ownContender(variant));
  const { name } = definition.workload;
  const others = peers.flatMap((peer) => contendersOf(peer, name, python, cores));
  return [...own, ...others];
}

/** A peer in those of its variants that do the workload; on one core "all threads" would be one thread once more. */
function contendersOf(peer: Peer, workload: string, python: string, cores: number): Contender[] {
  return peer.variants
    .filter(({ workloads = peer.workloads }) => workloads.includes(workload))
    .filter(({ threads }) => threads !== "all" || cores > 1)
    .map(({ id, how, threads }) => ({
      identity: {
        family: peer.id,
        title: peer.title,
        variant: id,
        how,
        threads: threads === "all" ? cores : threads,
        dtype: "float32",
      },
      command: peer.command({ python, variant: id }),
    }));
}
