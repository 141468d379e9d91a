import { PEERS_LEFT_OUT } from "../peers/registry.ts";
import type { Results } from "./results.ts";

/** What a reader who looks for a peer should know. */
export function footnotes({ settings, workloads }: Pick<Results, "settings" | "workloads">): string[] {
  return settings.peers.length > 0 && workloads.length > 0 ? [PEERS_LEFT_OUT] : [];
}
