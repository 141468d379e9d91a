import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { root, runCommand } from "../support/child.ts";
import { temporaryFolder } from "../support/folder.ts";

const built = (name: string) => join(root, "dist", name);

beforeAll(() => {
  expect(existsSync(built("index.js")), "the built package is tested: npm run build").toBe(true);
});

describe("the report of the built package", () => {
  const folder = temporaryFolder();

  it("is written by a program that has nothing else", async () => {
    const path = join(folder, "report.html");
    const program = `
      import { Dataset, Network, writeReport } from ${JSON.stringify(built("index.js"))};
      const data = Dataset.from({ inputs: [[0, 1], [1, 0]], labels: [0, 1] });
      const network = new Network([2, 3, 2], { seed: 1 });
      const history = await network.fit(data, { epochs: 3, statistics: true, validation: data });
      await writeReport(history, network, await network.evaluate(data), ${JSON.stringify(path)}, { data });`;
    const outcome = await runCommand([process.execPath, "--input-type=module", "--eval", program]);
    expect(outcome).toMatchObject({ code: 0, stderr: "" });
    const text = readFileSync(path, "utf8");
    expect(text.match(/<svg/g)?.length).toBeGreaterThan(8);
    expect(text).toContain("3 epochs");
  });

  it("is no part of what an import loads", () => {
    for (const name of ["index.js", "library.js", "bundled.js", "browser.js"]) {
      const text = readFileSync(built(name), "utf8");
      for (const word of ["observablehq", "linkedom", "parseHTML", "prefers-color-scheme", "print-color-adjust"]) {
        expect(text.includes(word), `${name}: ${word}`).toBe(false);
      }
    }
  });

  it("comes with the licences of what it is drawn with", () => {
    const licences = readFileSync(built("THIRD_PARTY_LICENSES.txt"), "utf8");
    for (const name of ["@observablehq/plot", "linkedom", "d3-shape"]) expect(licences).toContain(`Name: ${name}`);
  });
});
