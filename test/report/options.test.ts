import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Dataset, Network, type ReportOptions, writeReport } from "../../src/index.ts";
import { expectRejected, mistyped } from "../support/errors.ts";
import { temporaryFolder } from "../support/folder.ts";
import { historyOf } from "./reading.ts";

const network = new Network([2, 2], { seed: 1 });
const data = Dataset.from({ inputs: [[0, 1]], labels: [0] });

describe("writeReport", () => {
  const folder = temporaryFolder();

  it("replaces a file in one step", async () => {
    const path = join(folder, "report.html");
    await writeFile(path, "old");
    await writeReport(await network.fit(data, { epochs: 1 }), network, await network.evaluate(data), path, { data });
    expect(await readFile(path, "utf8")).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
    expect(await readdir(folder)).toEqual(["report.html"]);
  });

  it("says why a file cannot be written", async () => {
    const taken = join(folder, "taken");
    await mkdir(taken);
    await expectRejected(writeReport(undefined, network, undefined, taken), "ERR_FORMAT", taken, "cannot be written");
    const nowhere = join(folder, "none", "a.html");
    await expectRejected(writeReport(undefined, network, undefined, nowhere), "ERR_FORMAT", nowhere, "ENOENT");
  });

  it("refuses what is wrong before it writes anything", async () => {
    const path = join(folder, "never.html");
    const write = (options: unknown) =>
      writeReport(undefined, network, undefined, path, mistyped<ReportOptions>(options));
    const circle: Record<string, unknown> = {};
    circle.circle = circle;
    for (const [options, ...fragments] of [
      [{ titel: "a" }, '"titel"', "title"],
      [[], "options is an array"],
      [{ title: 5 }, "options.title is 5"],
      [{ title: " " }, "options.title"],
      [{ command: "x".repeat(10_001) }, "options.command"],
      [{ configuration: circle }, "options.configuration is an object", "JSON"],
      [{ configuration: [1] }, "options.configuration is an array"],
      [{ imageShape: { rows: 0, columns: 2 } }, "options.imageShape.rows is 0"],
      [{ imageShape: 5 }, "options.imageShape is 5"],
    ] as [unknown, ...string[]][]) {
      await expectRejected(write(options), "ERR_OPTION", ...fragments);
    }
    await expectRejected(write({ imageShape: { rows: 3, columns: 2 } }), "ERR_SHAPE", "3 × 2", "2 pixels");
    await expectRejected(write({ data: [[1, 2]] }), "ERR_DATA", "options.data", "expected a Dataset");
    const wide = Dataset.from({ inputs: [[1, 2, 3]], labels: [0] });
    await expectRejected(write({ data: wide }), "ERR_SHAPE", "inputSize is 3");
    const fitted = new Network([2, 2], { seed: 1 });
    await fitted.fit(data.normalize({ offset: [1, 1], scale: [1, 1] }), { epochs: 1 });
    const others = { data: data.normalize() };
    await expectRejected(writeReport(undefined, fitted, undefined, path, others), "ERR_DATA", "other statistics");
    for (const wrong of ["", 5, undefined]) {
      await expectRejected(
        writeReport(undefined, network, undefined, mistyped<string>(wrong)),
        "ERR_OPTION",
        "path is",
      );
    }
    await expectRejected(writeReport(undefined, mistyped<Network>({}), undefined, path), "ERR_OPTION", "network is");
    expect(await readdir(folder)).not.toContain("never.html");
  });

  it("refuses histories and evaluations that are none of this network's", async () => {
    const path = join(folder, "never.html");
    const good = historyOf(2, () => ({ statistics: { layers: [{ gradientNorm: 1, saturation: 0 }] } }));
    const [first, second] = good.epochs;
    for (const [history, ...fragments] of [
      [5, "history is 5"],
      [null, "history is null"],
      [{ seconds: 1 }, "history.epochs is undefined"],
      [{ ...good, epochs: [first, first] }, "history.epochs[1].epoch is 1", "more than 1"],
      [{ ...good, epochs: [null] }, "history.epochs[0] is null"],
      [{ ...good, epochs: [{ ...first, loss: "1" }] }, 'history.epochs[0].loss is "1"'],
      [{ ...good, epochs: [{ ...first, validation: { loss: null } }] }, "history.epochs[0].validation.loss is null"],
      [
        { ...good, epochs: [{ ...first, statistics: { layers: [] } }] },
        "statistics.layers is an array of length 0",
        "1 layers",
      ],
      [
        { ...good, epochs: [first, { ...second, statistics: { layers: [{}] } }] },
        "layers[0].gradientNorm is undefined",
      ],
    ] as [unknown, ...string[]][]) {
      await expectRejected(writeReport(mistyped(history), network, undefined, path), "ERR_OPTION", ...fragments);
    }
    const evaluation = await network.evaluate(data);
    for (const [given, ...fragments] of [
      [[], "evaluation is an array"],
      [{ ...evaluation, loss: "low" }, "evaluation.loss"],
      [{ ...evaluation, accuracy: null }, "evaluation.accuracy is null"],
      [{ ...evaluation, confusionMatrix: [[1, 0]] }, "evaluation.confusionMatrix", "2 rows"],
      [
        {
          ...evaluation,
          confusionMatrix: [
            [1, 0],
            [0, -1],
          ],
        },
        "confusionMatrix[1][1] is -1",
      ],
      [{ ...evaluation, perClass: [{}, {}] }, "evaluation.perClass[0].precision"],
      [{ ...evaluation, samples: 2 }, "evaluation.samples is 2", "as many as options.data has"],
    ] as [unknown, ...string[]][]) {
      await expectRejected(
        writeReport(undefined, network, mistyped(given), path, { data }),
        "ERR_OPTION",
        ...fragments,
      );
    }
    expect(await readdir(folder)).not.toContain("never.html");
  });
});
