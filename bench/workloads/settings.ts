import { UsageError } from "../command.ts";
import type { Peer } from "../peers/registry.ts";
import { WORKLOADS } from "./definitions.ts";
import type { Rounds } from "./interleave.ts";

/** The parts of a run beside the workloads. */
export const SECTIONS = ["growth", "threads", "memory", "import", "install"] as const;
export type Section = (typeof SECTIONS)[number];

/** How much effort a run makes. */
export interface RunEffort {
  readonly rounds: Rounds;
  readonly prepareDeadline: number;
  /** Of imports, fresh processes of each package. */
  readonly imports: number;
}

export const FULL: RunEffort = {
  rounds: { rounds: 7, sampleSeconds: 0.2, restSeconds: 0.02, deadline: 60 },
  prepareDeadline: 240,
  imports: 7,
};
export const QUICK: RunEffort = {
  rounds: { rounds: 3, sampleSeconds: 0.05, restSeconds: 0.01, deadline: 30 },
  prepareDeadline: 60,
  imports: 3,
};

/** What a run measures. */
export interface Selection {
  /** Names of workloads. */
  readonly workloads: readonly string[];
  readonly sections: readonly Section[];
}

/** The sections that a quick run has time for. */
const QUICK_SECTIONS: readonly Section[] = ["import", "install"];

/**
 * Reads `--only`: names of workloads and sections between commas; `W6` stands for all of its parts.
 *
 * @returns everything when it is not given; of a quick run without the sections that take long
 */
export function readSelection(only: string | undefined, quick = false): Selection {
  const names = WORKLOADS.map(({ workload }) => workload.name);
  if (only === undefined) return { workloads: names, sections: quick ? QUICK_SECTIONS : SECTIONS };
  const given = listed(only);
  for (const name of given) {
    if (names.some((known) => isPart(known, name)) || SECTIONS.some((section) => section === name)) continue;
    throw new UsageError(`--only names "${name}"; there are ${[...names, ...SECTIONS].join(", ")}`);
  }
  return {
    workloads: names.filter((known) => given.some((name) => isPart(known, name))),
    sections: SECTIONS.filter((section) => given.includes(section)),
  };
}

/** Reads `--peers`: `all` (the default), `none`, or ids between commas. */
export function readPeers(given: string | undefined, peers: readonly Peer[]): readonly Peer[] {
  if (given === undefined || given === "all") return peers;
  if (given === "none") return [];
  const ids = listed(given);
  for (const id of ids) {
    if (peers.some((peer) => peer.id === id)) continue;
    throw new UsageError(`--peers names "${id}"; there are all, none, ${peers.map((peer) => peer.id).join(", ")}`);
  }
  return peers.filter(({ id }) => ids.includes(id));
}

function listed(text: string): string[] {
  return text.split(",").map((name) => name.trim());
}

/** Whether a workload is meant by a name: `W6a` by itself and by `W6`. */
function isPart(workload: string, name: string): boolean {
  return workload === name || (/^W\d+$/.test(name) && new RegExp(`^${name}[a-z]$`).test(workload));
}
