import { expect, it } from "vitest";
import { runScript } from "../support/child.ts";
import { csvFolder } from "../support/csv.ts";

const write = csvFolder();
const ROWS = 200_000;

/**
 * What the objects of a reading may take. The rows as strings would take at least 16 bytes for each of their 8 values, 25 MB;
 * texts cut out of the file would keep all of its 20 MB.
 */
const MOST_MEGABYTES = 12;

it("a large file is read in little memory beside its numbers, and leaves nothing else behind", async () => {
  const cells = (i: number) => [
    i,
    i / 7,
    -i,
    i % 1000,
    `a city with a long name, number ${Math.floor(i / 5000)}`,
    i * 1.5,
    1 / (i + 1),
    i % 2,
  ];
  const rows = Array.from({ length: ROWS }, (_, i) =>
    cells(i)
      .map((cell) => `"${cell}"`)
      .join(","),
  );
  const path = write(`a,b,c,d,city,e,f,y\n${rows.join("\n")}\n`);
  const script = `
    const { Dataset } = downhill;
    await Dataset.csv(${JSON.stringify(path)}, { target: "y", limit: 1000 });
    const heap = () => { gc(); return process.memoryUsage().heapUsed; };
    const before = heap();
    let highest = before;
    const timer = setInterval(() => { highest = Math.max(highest, heap()); }, 50);
    const data = await Dataset.csv(${JSON.stringify(path)}, { target: "y" });
    clearInterval(timer);
    console.log(JSON.stringify({ size: data.size, inputs: data.inputSize, rise: highest - before, kept: heap() - before }));
  `;
  const { stdout, stderr } = await runScript(script, { NODE_OPTIONS: "--expose-gc" });
  const found = JSON.parse(stdout || JSON.stringify({ stderr }));
  expect(found).toMatchObject({ size: ROWS, inputs: 46 });
  expect(found.rise / 1e6).toBeLessThan(MOST_MEGABYTES);
  expect(found.kept / 1e6).toBeLessThan(1);
});

it("many columns of few rows are read in little memory", async () => {
  const columns = 5000;
  const names = Array.from({ length: columns }, (_, c) => `c${c}`);
  const rows = [1, 2, 3].map((i) => names.map((_, c) => c * i).join(","));
  const path = write(`${names}\n${rows.join("\n")}\n`);
  const script = `
    const peak = () => process.resourceUsage().maxRSS / 1000;
    await downhill.Dataset.csv(${JSON.stringify(write("a,y\n1,2\n"))}, { target: "y" });
    const before = peak();
    const data = await downhill.Dataset.csv(${JSON.stringify(path)}, { target: "c0" });
    console.log(JSON.stringify({ size: data.size, inputs: data.inputSize, rise: peak() - before }));
  `;
  const { stdout, stderr } = await runScript(script);
  const found = JSON.parse(stdout || JSON.stringify({ stderr }));
  expect(found).toMatchObject({ size: 3, inputs: columns - 1 });
  // A piece of memory for 16,384 rows of each column would take 655 MB.
  expect(found.rise).toBeLessThan(100);
});
