import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { type Paint, plain } from "../../examples/common/paint.ts";
import {
  classTable,
  describeData,
  describeResult,
  describeRows,
  describeTraining,
  predictionLines,
} from "../../examples/csv-job/report.ts";
import { parseRows } from "../../examples/csv-job/rows.ts";
import { commandErrorOf } from "../support/command_errors.ts";

const facts = { rows: 200_000, seed: 1, cancelledShare: 0.361, ruleAccuracy: 0.8944 };
const coloured: Paint = (_look, text) => `\u001b[31m${text}\u001b[39m`;

describe("the report", () => {
  const evaluation = {
    samples: 400,
    loss: 0.3,
    accuracy: 0.8725,
    confusionMatrix: [
      [230, 30],
      [21, 119],
    ],
    perClass: [
      { precision: 230 / 251, recall: 230 / 260, f1: 460 / 511, support: 260 },
      { precision: 119 / 149, recall: 119 / 140, f1: 238 / 289, support: 140 },
    ],
  };

  it("says what is known of the data", () => {
    expect(describeData("w/customers.csv", facts, plain)).toEqual([
      "data           w/customers.csv",
      "               200,000 made-up customers, of which 36.1 % cancelled",
      "               3 % of the values are missing in device, total_spend, days_since_last_order, return_share",
      "best possible  89.44 %: the rule that made the answers, apart from chance",
    ]);
    expect(describeData("own.csv", undefined, plain)).toEqual(["data           own.csv"]);
  });

  it("says what the rows are for", () => {
    expect(describeRows(160_000, 0.1, 40_000, plain)).toEqual([
      "rows           160,000 to learn from, 10 % of them held out to see when to stop; 40,000 others for the test",
    ]);
  });

  it("says how the training ended", () => {
    const epoch = { epoch: 1, loss: 1, learningRate: 1, seconds: 1, samplesPerSecond: 1 };
    expect(describeTraining({ epochs: [epoch], seconds: 1.26 }, plain)).toEqual(["training       1.3 s: 1 epoch"]);
    const stopped = { epochs: [epoch, epoch, epoch], seconds: 4, stopped: "earlyStopping", bestEpoch: 2 } as const;
    expect(describeTraining(stopped, plain)).toEqual([
      "training       4.0 s: 3 epochs, then it got no better",
      "               the network is that of epoch 2, the best one",
    ]);
  });

  it("says how each class fared", () => {
    expect(classTable(evaluation.perClass, ["no", "yes"])).toEqual([
      "               precision     recall         F1       rows",
      "cancelled  no     91.6 %     88.5 %     90.0 %        260",
      "cancelled yes     79.9 %     85.0 %     82.4 %        140",
    ]);
  });

  it("sets the accuracy beside the best one where that is known", () => {
    const lines = describeResult(evaluation, ["no", "yes"], facts, plain);
    expect(lines[0]).toBe("test accuracy  87.25 % of 400 rows (best possible: 89.44 %)");
    expect(lines.slice(-4)).toEqual([
      "               predicted",
      "                no  yes     right",
      "cancelled  no  230   30    88.5 %",
      "          yes   21  119    85.0 %",
    ]);
    expect(describeResult(evaluation, ["no", "yes"], undefined, plain)[0]).toBe("test accuracy  87.25 % of 400 rows");
    const painted = describeResult(evaluation, ["no", "yes"], facts, coloured).map(stripVTControlCharacters);
    expect(painted).toEqual(lines);
  });

  it("has a line with answer and probability for each prediction", () => {
    const predictions = [
      { name: "yes", probability: 0.87654 },
      { name: "no", probability: 1 },
    ];
    expect(predictionLines(predictions)).toEqual(["yes\t0.8765", "no\t1.0000"]);
  });
});

describe("rows to predict", () => {
  it("come as CSV", () => {
    expect(parseRows('plan,device\r\n"Plus, yearly",phone\r\n\r\nBasic,\r\n')).toEqual([
      { plan: "Plus, yearly", device: "phone" },
      { plan: "Basic", device: "" },
    ]);
  });

  it("come as JSON lines", () => {
    expect(parseRows('\ufeff{"plan":"Plus, yearly","months":3}\n\n {"plan":null}\r\n')).toEqual([
      { plan: "Plus, yearly", months: 3 },
      { plan: null },
    ]);
  });

  it.each([
    ["", "there are no rows to predict"],
    ["plan,device\n", "there are no rows to predict"],
    ["{}\n{", "line 2 is not JSON"],
    ["{}\n\n5", "line 3 is 5, expected an object with a value for each column"],
    ["{}\n[1]", "line 2 is [1], expected an object"],
    ["plan,device\na,b\na", "row 2 cannot be read: Too few fields"],
    ['plan,device\n"a,b', "row 1 cannot be read: "],
  ])("are refused when they are %j", (text, message) => {
    expect(commandErrorOf(() => parseRows(text))).toContain(message);
  });
});
