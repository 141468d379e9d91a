import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { numbersOf } from "./choices.ts";

/** Flowers whose species follows from their size and colour, all but certainly. */
export function writeFlowers(path: string, rows = 240, seed = 1): string {
  const noise = numbersOf(seed, 3 * rows);
  const species = ["daisy", "rose", "tulip"];
  const lines = Array.from({ length: rows }, (_, i) => {
    const kind = i % 3;
    const size = (1 + 2 * kind + 0.5 * noise[3 * i]).toFixed(3);
    const colour = noise[3 * i + 1] > 0 ? "white" : ["yellow", "red", "pink"][kind];
    return `${1000 + i},${size},${colour},${noise[3 * i + 2].toFixed(3)},${species[kind]}`;
  });
  writeFileSync(path, `id,size,colour,weight,species\n${lines.join("\n")}\n`);
  return path;
}

/** A number that is twice one column less another. */
export function writeNumbers(path: string, rows = 120): string {
  const values = numbersOf(3, 2 * rows);
  const lines = Array.from({ length: rows }, (_, i) => {
    const [a, b] = [values[2 * i], values[2 * i + 1]];
    return `${a},${b},${2 * a - b}`;
  });
  writeFileSync(path, `a,b,y\n${lines.join("\n")}\n`);
  return path;
}

/** An IDX file of bytes. */
function idx(sizes: readonly number[], values: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * sizes.length + values.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x0800 + sizes.length);
  for (const [i, size] of sizes.entries()) view.setUint32(4 + 4 * i, size);
  bytes.set(values, 4 + 4 * sizes.length);
  return bytes;
}

/** A folder like MNIST's, of 4 × 4 pixels in three classes: which row is bright. */
export function writeIdxFolder(folder: string, sizes = { train: 150, test: 60 }): string {
  mkdirSync(folder, { recursive: true });
  for (const [part, count] of [
    ["train", sizes.train],
    ["t10k", sizes.test],
  ] as const) {
    const noise = numbersOf(count, 16 * count);
    const pixels = Uint8Array.from(noise, (value, i) => {
      const label = Math.floor(i / 16) % 3;
      const isBright = Math.floor((i % 16) / 4) === label;
      return Math.floor(isBright ? 160 + 90 * Math.abs(value) : 90 * Math.abs(value));
    });
    const labels = Uint8Array.from({ length: count }, (_, i) => i % 3);
    writeFileSync(join(folder, `${part}-images-idx3-ubyte.gz`), gzipSync(idx([count, 4, 4], pixels)));
    writeFileSync(join(folder, `${part}-labels.idx1-ubyte`), idx([count], labels));
  }
  return folder;
}
