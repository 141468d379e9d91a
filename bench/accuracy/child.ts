/** What the processes of contenders in JavaScript have in common. */
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { parseIdxImages, parseIdxLabels } from "../../src/formats/idx.ts";
import { Absent } from "../peers/protocol.ts";
import { type RaceReply, type Racer, type RaceTask, race } from "./race.ts";

/** Images as bytes, (count, 784), and what they show. */
export interface Digits {
  readonly count: number;
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

/** Makes a contender for the task that this process was started with, races it, and answers. */
export async function runRace(make: (task: RaceTask) => Racer | Promise<Racer>): Promise<void> {
  // Standard output carries the reply only.
  console.log = console.error;
  const reply = await raced(make, JSON.parse(process.argv[2]) as RaceTask);
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}

async function raced(make: (task: RaceTask) => Racer | Promise<Racer>, task: RaceTask): Promise<RaceReply> {
  try {
    return await race(await make(task), task);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { reply: error instanceof Absent ? "absent" : "failed", why };
  }
}

export async function readDigits(imagesPath: string, labelsPath: string): Promise<Digits> {
  const { count, pixels } = parseIdxImages(await contents(imagesPath), imagesPath);
  const { labels } = parseIdxLabels(await contents(labelsPath), labelsPath);
  return { count, pixels, labels };
}

async function contents(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path);
  return path.endsWith(".gz") ? gunzipSync(bytes) : bytes;
}
