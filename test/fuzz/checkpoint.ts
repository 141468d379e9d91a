import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { decodeCheckpoint } from "../../src/formats/checkpoint_file.ts";
import { Dataset, type FitOptions, Network } from "../../src/index.ts";
import { nodePlatform } from "../../src/platform_node.ts";
import type { Chance } from "./chance.ts";
import { joined, mutatedBytes } from "./mutate_bytes.ts";
import { deepText, mutatedValue } from "./mutate_json.ts";
import { fail, READ, refusal, type Target, type Trial } from "./target.ts";
import { AllocationMeter } from "./watch.ts";

interface Training {
  readonly data: Dataset;
  readonly options: FitOptions;
  readonly file: Uint8Array;
}

/** Checkpoint files: `resumeFrom`. Most are sealed anew after the change, as somebody would who means harm. */
export const checkpoint: Target = {
  name: "checkpoint",
  inputs: 100_000,
  quick: 3000,
  mostMemory: 640,
  async open(): Promise<Trial> {
    const folder = mkdtempSync(join(tmpdir(), "downhill-fuzz-checkpoint-"));
    const path = join(folder, "checkpoint");
    const trainings = await writtenTrainings(path);
    const meter = new AllocationMeter();
    return {
      async run(chance) {
        const { data, options, file } = chance.pick(trainings);
        const bytes = changed(chance, file);
        writeFileSync(path, bytes);
        meter.reset();
        const decoded = await decodedOrCode(bytes);
        meter.assertJustified(bytes.length);
        if (typeof decoded !== "string") assertDecoded(decoded, bytes);
        const network = newNetwork();
        const before = network.toJSON();
        try {
          await network.fit(data, { ...options, resumeFrom: path });
        } catch (error) {
          // Whatever stays when a training has begun and failed can be saved: it is finite.
          const now = network.toJSON();
          const code = refusal(error, ["ERR_CHECKPOINT", ...(typeof decoded === "string" ? [] : ["ERR_DIVERGED"])]);
          if (code === "ERR_CHECKPOINT" && !isDeepStrictEqual(now, before))
            fail("a refused checkpoint changed the network");
          return code;
        }
        if (typeof decoded === "string") fail("a fit went on from a file that cannot be decoded");
        network.toJSON();
        return READ;
      },
      close: () => rmSync(folder, { recursive: true }),
    };
  },
};

function newNetwork(): Network {
  return new Network([3, 5, 2], { seed: 4 });
}

async function writtenTrainings(path: string): Promise<Training[]> {
  const inputs = Array.from({ length: 12 }, (_, i) => [i / 12, (i % 5) / 5, (i % 3) / 3]);
  const plain = Dataset.from({ inputs, labels: inputs.map((_, i) => i % 2) });
  const kinds: readonly [Dataset, Partial<FitOptions>][] = [
    [plain, {}],
    [plain, { optimizer: "adam", batchSize: 4, dropout: 0.2 }],
    [
      plain.normalize(),
      {
        optimizer: { type: "sgd", momentum: 0.5 },
        learningRate: { type: "plateau", learningRate: 0.1 },
        validation: plain,
      },
    ],
    [plain, { validation: 0.25, earlyStopping: { patience: 2, restoreBest: true }, statistics: true }],
  ];
  const trainings: Training[] = [];
  for (const [data, choices] of kinds) {
    const options = { learningRate: 0.1, seed: 3, ...choices };
    await newNetwork().fit(data, { ...options, epochs: 3, checkpoint: { path } });
    trainings.push({ data, options: { ...options, epochs: 4 }, file: timeless(new Uint8Array(readFileSync(path))) });
  }
  return trainings;
}

/** The same file in every run, so that a case can be tried again: the times it tells are one second each. */
function timeless(file: Uint8Array): Uint8Array {
  const { text, body } = takenApart(file);
  const even = JSON.stringify(JSON.parse(text), (key, value) => (/seconds?$/i.test(key) ? 1 : value));
  return sealed(new TextEncoder().encode(even), body);
}

const HEAD_BYTES = 24;
const DIGEST_BYTES = 32;

function changed(chance: Chance, file: Uint8Array): Uint8Array {
  if (chance.happens(0.02)) return file;
  if (chance.happens(0.3)) return mutatedBytes(chance, file);
  const { text, body } = takenApart(file);
  if (chance.happens(0.3)) {
    const words = ['"$NaN"', '"$-0"', "__proto__", "[", "{"];
    return sealedAnew(chance, mutatedBytes(chance, new TextEncoder().encode(text), words), body);
  }
  if (chance.happens(0.02))
    return sealedAnew(chance, new TextEncoder().encode(text.replace(/3(?=,)/, deepText(chance))), body);
  if (chance.happens(0.3)) return sealedAnew(chance, new TextEncoder().encode(text), mutatedBytes(chance, body));
  return sealedAnew(chance, new TextEncoder().encode(JSON.stringify(mutatedValue(chance, JSON.parse(text)))), body);
}

/** The header's text and the bytes of the arrays of an intact file. */
function takenApart(file: Uint8Array): { text: string; body: Uint8Array } {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const headerEnd = HEAD_BYTES + bytes.readUInt32LE(12);
  const text = bytes.toString("utf8", HEAD_BYTES, headerEnd);
  return { text, body: file.subarray(Math.ceil(headerEnd / 8) * 8, file.length - DIGEST_BYTES) };
}

/** A file with a right head, seldom a wrong one, and the digest of what is in it. */
function sealedAnew(chance: Chance, text: Uint8Array, body: Uint8Array): Uint8Array {
  return sealed(text, body, chance.happens(0.95) ? text.length : chance.below(2 ** 32));
}

function sealed(text: Uint8Array, body: Uint8Array, headerBytes = text.length): Uint8Array {
  const start = Buffer.from(HEAD);
  const padded = Buffer.alloc(Math.ceil((HEAD_BYTES + text.length) / 8) * 8 - HEAD_BYTES);
  padded.set(text);
  start.writeUInt32LE(headerBytes, 12);
  start.writeBigUInt64LE(BigInt(HEAD_BYTES + padded.length + body.length + DIGEST_BYTES), 16);
  const content = joined(start, padded, body);
  return joined(content, createHash("sha256").update(content).digest());
}

/** Magic and version. */
const HEAD = Buffer.from("89444843 4b0d0a1a 01000000 00000000 00000000 00000000".replaceAll(" ", ""), "hex");

async function decodedOrCode(bytes: Uint8Array) {
  if (!nodePlatform.sha256) fail("there is no SHA-256");
  try {
    return await decodeCheckpoint(bytes.slice(), "file", nodePlatform.sha256);
  } catch (error) {
    return refusal(error, ["ERR_CHECKPOINT"]);
  }
}

/** Every array holds the bytes of its place, and the header what its text says. */
function assertDecoded(
  { header, arrays }: Exclude<Awaited<ReturnType<typeof decodedOrCode>>, string>,
  bytes: Uint8Array,
): void {
  const { text, body } = takenApart(bytes);
  const { header: written, arrays: entries } = JSON.parse(text) as Record<string, never>;
  const plain = JSON.stringify(header, (_, value) =>
    typeof value === "number" && !Number.isFinite(value) ? `$${value}` : value,
  );
  if (!text.includes("$") && !isDeepStrictEqual(JSON.parse(plain), written))
    fail("the header was read otherwise than it is written");
  for (const { name, length, type, place } of entries as {
    name: string;
    length: number;
    type: string;
    place: number;
  }[]) {
    const values = arrays[name];
    if (values?.length !== length || values.constructor.name.toLowerCase() !== `${type}array`)
      fail(`array ${name} has another shape`);
    const read = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    if (!read.equals(body.subarray(place, place + values.byteLength)))
      fail(`array ${name} was read otherwise than it is written`);
  }
}
