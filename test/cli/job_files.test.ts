import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { UsageError } from "../../src/cli/command_error.ts";
import { checkTrainingJob } from "../../src/cli/job/check_training_job.ts";
import { parseJob } from "../../src/cli/job/job_file.ts";
import { Network } from "../../src/index.ts";
import { writeFlowers } from "../support/command_data.ts";
import { downhill, jsonLines } from "../support/command_line.ts";
import { thrownBy } from "../support/errors.ts";
import { temporaryFolder } from "../support/folder.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);

beforeAll(() => {
  mkdirSync(at("data"));
  writeFlowers(at("data/flowers.csv"));
});

/** What is wrong with a job, without the name of its file. */
function mistakeIn(text: string): string {
  const error = thrownBy(() => parseJob(text, "/jobs/job.yaml", checkTrainingJob));
  expect(error).toBeInstanceOf(UsageError);
  return (error as Error).message.replace("/jobs/", "");
}

describe("a job file", () => {
  const JOB = `# Flowers.
data:
  csv: data/flowers.csv
  target: species
  exclude: [id]
validation: 0.2
network: { layers: [12], activation: tanh, seed: 9 }
fit:
  epochs: 4
  batchSize: 16
  learningRate: { type: cosine, learningRate: 0.01 }
  earlyStopping: { patience: 50 }
out: flowers.json
`;

  it("is trained, with paths from its own folder", async () => {
    writeFileSync(at("job.yaml"), JOB);
    const { code, stdout } = await downhill(["train", at("job.yaml"), "--json"]);
    expect(code).toBe(0);
    const lines = jsonLines(stdout);
    expect(lines).toHaveLength(5);
    expect(lines[3].learningRate).toBe(0);
    const network = await Network.load(at("flowers.json"));
    expect(network.layers).toEqual([6, 12, 3]);
    expect(network.seed).toBe(9);
    expect(network.toJSON().layers[0]).toMatchObject({ activation: "tanh", initializer: "glorotUniform" });
    expect(network.metadata.training).toMatchObject({ job: { validation: 0.2, fit: { batchSize: 16 } } });
  });

  it("gives way to the options of the command line", async () => {
    writeFileSync(at("job.yaml"), JOB);
    const out = at("other.json");
    const argv = ["train", at("job.yaml"), "--epochs", "2", "--layers", "5,4", "--out", out, "--json"];
    const { code, stdout } = await downhill(argv);
    expect(code).toBe(0);
    expect(jsonLines(stdout)).toHaveLength(3);
    const network = await Network.load(out);
    expect(network.layers).toEqual([6, 5, 4, 3]);
    expect(network.seed).toBe(9);
  });

  it("may be JSON", async () => {
    const job = { data: { csv: "data/flowers.csv", target: "species" }, fit: { epochs: 1 }, out: "json.json" };
    for (const indent of [0, 2, "\t"]) {
      writeFileSync(at("job.json"), JSON.stringify(job, undefined, indent));
      const { code, stderr } = await downhill(["train", at("job.json"), "--quiet"]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    }
  });

  it("with a mistake is refused with its line, and the command ends with 2", async () => {
    writeFileSync(at("wrong.yaml"), JOB.replace("epochs: 4", "epoch: 4"));
    const { code, stderr } = await downhill(["train", at("wrong.yaml")]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^downhill: .*wrong\.yaml:9:3: fit has no "epoch" \(did you mean epochs\?\); there are epochs, batchSize, .*\n$/,
    );
  });

  it.each([
    ["fit:\n  epochs: 3\n", "job.yaml:1:1: the job has no data"],
    ["", "job.yaml: the job is null, expected a mapping with data, test"],
    ["- 1\n", "job.yaml:1:1: the job is an array of length 1, expected a mapping"],
    ["data: digit\n", 'job.yaml:1:1: data is "digit", expected a mapping with idx, csv'],
    ["data:\n  csv: a.csv\n", "job.yaml:1:1: data has no target"],
    ["data: { idx: a, target: b }\n", "job.yaml:1:17: data.target belongs to CSV files"],
    ["data: { csv: a, target: y, delimiter: ;; }\n", 'job.yaml:1:28: data.delimiter is ";;", expected a single'],
    ["data: digits\nnormalize: minmax\n", 'job.yaml:2:1: normalize is "minmax", expected one of'],
    ["data: digits\nnormalize: minmax\n", "(did you mean minMax?)"],
    ["data: digits\ntest: 1.5\n", "job.yaml:2:1: test is 1.5, expected a share above 0 and below 1"],
    ["data: digits\nnetwork:\n  layers: [3, 0]\n", "job.yaml:3:15: network.layers[1] is 0, expected an integer of at"],
    [
      "data: digits\nnetwork:\n  activaton: relu\n",
      'job.yaml:3:3: network has no "activaton" (did you mean activation?)',
    ],
    ["data: digits\nnetwork:\n  activation: relux\n", 'job.yaml:3:3: network.activation is "relux", expected one of'],
    ["data: digits\nfit:\n  dropout: [0.5, 2]\n", "job.yaml:3:3: fit.dropout has length 2, expected 1"],
    ["data: digits\nfit:\n  epochs: 2.5\n", "job.yaml:3:3: fit.epochs is 2.5, expected an integer of at least 1"],
    [
      "data: digits\nfit:\n  learningRate:\n    type: step\n    learningRate: 0.1\n    every: 0\n",
      "job.yaml:6:5: fit.learningRate.every is 0, expected an integer",
    ],
    [
      "data: digits\nfit:\n  learningRate: { type: cosine, learningRate: 0.1, minimun: 0 }\n",
      'job.yaml:3:3: fit.learningRate has no option "minimun"',
    ],
    ["data: digits\nfit: { seed: 1 }\n", 'job.yaml:2:8: fit has no "seed"'],
    ["data: digits\n__proto__: { a: 1 }\n", 'job.yaml:2:1: the job has no "__proto__"'],
    ["data: digits\ndata: digits\n", "job.yaml:2:1: Map keys must be unique"],
    ["data: digits\nfit: [1, 2\n", "job.yaml:3:1: "],
    ["data: &d digits\ntest: *d\n", "job.yaml:2:7: aliases such as *d are not supported"],
    ["data: digits\n? [a]\n: 1\n", "has a key that is not a text"],
  ])("%j is told where it is wrong", (text, message) => {
    expect(mistakeIn(text)).toContain(message);
  });

  it("is safe to read whatever it holds", async () => {
    expect(mistakeIn(`${"[".repeat(100_000)}`)).toContain("job.yaml");
    writeFileSync(at("large.yaml"), "#".repeat(2 ** 20 + 1));
    const { code, stderr } = await downhill(["train", at("large.yaml")]);
    expect(code).toBe(1);
    expect(stderr).toContain("it has 1048577 bytes, expected at most 1048576");
    expect((await downhill(["train", at("none.yaml")])).code).toBe(1);
  });
});
