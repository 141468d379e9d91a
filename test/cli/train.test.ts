import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Interruption } from "../../src/cli/context.ts";
import { Dataset, Network } from "../../src/index.ts";
import { writeFlowers, writeIdxFolder, writeNumbers } from "../support/command_data.ts";
import { downhill, jsonLines } from "../support/command_line.ts";
import { eventsOf } from "../support/event_file.ts";
import { temporaryFolder } from "../support/folder.ts";
import { allWeights } from "../support/networks.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const flowers = at("flowers.csv");
const numbers = at("numbers.csv");

beforeAll(() => {
  writeFlowers(flowers);
  writeNumbers(numbers);
});

/** Trains, which has to work, and gives the network. */
async function trained(out: string, ...argv: readonly string[]) {
  const { code, stdout, stderr } = await downhill(["train", ...argv, "--out", out, "--json"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const lines = jsonLines(stdout);
  return { network: await Network.load(out), epochs: lines.slice(0, -1), result: lines[lines.length - 1] };
}

describe("train", () => {
  it("learns the classes of a CSV file, with choices that fit them", async () => {
    const argv = [flowers, "--target", "species", "--exclude", "id", "--epochs", "100", "--layers", "16"];
    const { network, epochs, result } = await trained(at("flowers.json"), ...argv);
    expect(network.layers).toEqual([6, 16, 3]);
    expect(network.seed).toBe(1);
    expect(network.classNames).toEqual(["daisy", "rose", "tulip"]);
    expect(network.normalization).toBeDefined();
    const { layers, loss } = network.toJSON();
    expect(layers.map(({ activation, initializer }) => [activation, initializer])).toEqual([
      ["relu", "heUniform"],
      ["softmax", "heUniform"],
    ]);
    expect(loss).toBe("categoricalCrossEntropy");
    expect(epochs.map(({ epoch, epochs }) => [epoch, epochs])).toEqual(
      Array.from({ length: 100 }, (_, e) => [e + 1, 100]),
    );
    expect(result).toMatchObject({ model: at("flowers.json"), epochs: 100, evaluatedOn: "test data" });
    expect(result.evaluation).toMatchObject({ samples: 48 });
    expect((result.evaluation as { accuracy: number }).accuracy).toBeGreaterThan(0.9);
    // Adam at 0.001 in batches of 32 on four fifths, drawn with the seed: what the library gives for the same.
    const [, rest] = (await Dataset.csv(flowers, { target: "species", exclude: ["id"] })).split(0.2, { seed: 1 });
    const same = new Network([6, 16, 3], {
      ...({ activation: "relu", outputActivation: "softmax", loss: "categoricalCrossEntropy" } as const),
      ...({ initializer: "heUniform", seed: 1 } as const),
    });
    await same.fit(rest.normalize(), { epochs: 100, batchSize: 32, optimizer: "adam", learningRate: 0.001 });
    expect(allWeights(network)).toEqual(allWeights(same));
    expect(network.normalization).toEqual(same.normalization);
  });

  it("learns numbers, with linear outputs", async () => {
    const argv = [numbers, "--target", "y", "--epochs", "60", "--learning-rate", "0.05", "--layers", "none"];
    const { network, result } = await trained(at("numbers.json"), ...argv);
    const { layers, loss } = network.toJSON();
    expect({ sizes: network.layers, activation: layers[0].activation, loss }).toEqual({
      sizes: [2, 1],
      activation: "linear",
      loss: "squaredError",
    });
    expect((result.evaluation as { r2: number }).r2).toBeGreaterThan(0.99);
  });

  it("learns one of two classes", async () => {
    const path = at("two.csv");
    const rows = Array.from({ length: 60 }, (_, i) => `${i % 7},${i % 7 > 3 ? 1 : 0}`);
    writeFileSync(path, `x,y\n${rows.join("\n")}\n`);
    const asNumber = await trained(at("two.json"), path, "--target", "y", "--epochs", "2");
    const { layers, loss } = asNumber.network.toJSON();
    expect([layers[1].units, layers[1].activation, loss]).toEqual([
      1,
      { type: "sigmoid", slope: 1, derivative: "exact" },
      "binaryCrossEntropy",
    ]);
    const asClasses = await trained(at("two.json"), path, "--target", "y", "--task", "classify", "--epochs", "2");
    expect(asClasses.network.layers).toEqual([1, 64, 2]);
    expect(asClasses.network.classNames).toEqual(["0", "1"]);
  });

  it("learns images in an IDX folder and evaluates on its test set", async () => {
    const images = writeIdxFolder(at("idx"));
    const { network, result } = await trained(at("idx.json"), images, "--epochs", "30", "--learning-rate", "0.01");
    expect(network.layers).toEqual([16, 64, 3]);
    expect(network.normalization).toBeUndefined();
    expect(result.evaluation).toMatchObject({ samples: 60, accuracy: 1 });
  });

  it("learns the built-in digits", { timeout: 60_000 }, async () => {
    const argv = ["digits", "--epochs", "2", "--layers", "32", "--batch-size", "64", "--learning-rate", "0.003"];
    const { result } = await trained(at("digits.json"), ...argv);
    expect((result.evaluation as { accuracy: number }).accuracy).toBeGreaterThan(0.85);
  });

  it("stops early, by a tenth that is held out unless something else is asked for", async () => {
    const argv = [numbers, "--target", "y", "--early-stopping", "1", "--learning-rate", "0.5", "--epochs", "200"];
    const { epochs, result, network } = await trained(at("early.json"), ...argv);
    expect(result).toMatchObject({ stopped: "earlyStopping", epochs: epochs.length });
    expect(epochs.length).toBeLessThan(200);
    expect(epochs[0].validation).toHaveProperty("loss");
    expect(network.metadata.training).toMatchObject({ samples: 86, bestEpoch: epochs.length - 1 });
  });

  it("evaluates on other files, and on its own data where there is nothing else", async () => {
    const other = writeFlowers(at("other.csv"), 90, 5);
    const base = [flowers, "--target", "species", "--epochs", "1"];
    const onFile = await trained(at("a.json"), ...base, "--test", other, "--validation", other);
    expect(onFile.result).toMatchObject({ evaluatedOn: "test data", evaluation: { samples: 90 } });
    expect(onFile.network.metadata.training).toMatchObject({ samples: 240 });
    const onItself = await trained(at("a.json"), ...base, "--test", "none");
    expect(onItself.result).toMatchObject({ evaluatedOn: "the training data itself", evaluation: { samples: 240 } });
    const onValidation = await trained(at("a.json"), ...base, "--test", "none", "--validation", "0.25");
    expect(onValidation.result).toMatchObject({ evaluatedOn: "validation data", evaluation: { samples: 60 } });
  });

  it("writes a report, and says where it is", async () => {
    const report = at("report.html");
    const argv = [flowers, "--target", "species", "--early-stopping", "5", "--report", report];
    const { result, epochs } = await trained(at("r.json"), ...argv);
    expect(result.report).toBe(report);
    const page = readFileSync(report, "utf8");
    expect(page).toMatch(/<\/html>\s*$/);
    // What was chosen, defaults included.
    for (const choice of ["batchSize", "validation", "optimizer", "earlyStopping.patience", "normalize", "test"]) {
      expect(page).toMatch(new RegExp(`>${choice}<`));
    }
    // What its plots of the layers are drawn from.
    expect(epochs[0].statistics).toHaveProperty("layers");
  });

  it("loses no file that is read or is something else", async () => {
    const other = at("notes.txt");
    writeFileSync(other, "notes");
    for (const [options, code, message] of [
      [["--report", flowers], 2, "--report "],
      [["--checkpoint", flowers], 2, "is the training data, too"],
      [["--report", at("o.json")], 2, "--report"],
      [["--report", other], 1, "is no HTML page; --force replaces it"],
      [["--checkpoint", other], 1, "is no checkpoint"],
      [["--report", at("nowhere/r.html")], 1, "cannot be written"],
      [["--checkpoint", at("nowhere/c")], 1, "cannot be written"],
    ] as const) {
      const before = readFileSync(flowers, "utf8");
      const outcome = await downhill(["train", flowers, "--target", "species", "--out", at("o.json"), ...options]);
      expect(outcome).toMatchObject({ code, stdout: "" });
      expect(outcome.stderr).toContain(message);
      expect([readFileSync(flowers, "utf8"), readFileSync(other, "utf8")]).toEqual([before, "notes"]);
      expect(existsSync(at("o.json"))).toBe(false);
    }
  });

  it("says how few whole numbers become classes", async () => {
    const path = at("grades.csv");
    writeFileSync(path, `x,grade\n${Array.from({ length: 60 }, (_, i) => `${i},${(i % 3) + 1}`).join("\n")}\n`);
    const argv = ["train", path, "--target", "grade", "--epochs", "1", "--quiet", "--out", at("g.json")];
    expect((await downhill(argv)).stderr).toContain("only 3 different whole numbers");
    const told = await downhill([...argv, "--task", "classify"]);
    expect(told).toMatchObject({ code: 0, stderr: "" });
    expect((await Network.load(at("g.json"))).classNames).toEqual(["1", "2", "3"]);
  });

  it("speaks of what can be typed where a CSV file is refused", async () => {
    const path = at("twice.csv");
    writeFileSync(path, "a,a,y\n1,2,p\n3,4,q\n1,5,p\n3,6,q\n5,6,q\n");
    const argv = ["train", path, "--target", "y", "--epochs", "1", "--out", at("twice.json"), "--quiet"];
    const refused = await downhill(argv);
    expect(refused.code).toBe(1);
    expect(refused.stderr).not.toContain("options.");
    expect((await downhill([...argv, "--exclude", "0"])).code).toBe(0);
    writeFileSync(path, "a,y\n1,p\n,q\n1,p\n3,q\n");
    expect((await downhill(argv)).stderr).toContain("--missing median");
  });

  it("draws a training that diverged, too", async () => {
    const report = at("diverged.html");
    const rate = ["--optimizer", "sgd", "--learning-rate", "1e30"];
    const argv = ["train", numbers, "--target", "y", ...rate, "--report", report, "--out", at("d.json")];
    expect((await downhill(argv)).code).toBe(1);
    expect(readFileSync(report, "utf8")).toMatch(/<\/html>\s*$/);
    expect(existsSync(at("d.json"))).toBe(false);
  });

  it("leaves event files for TensorBoard, from a job file too", async () => {
    const board = at("runs/flowers");
    writeFileSync(
      at("board.json"),
      JSON.stringify({ data: { csv: flowers, target: "species" }, tensorboard: "runs/job" }),
    );
    await trained(at("t.json"), flowers, "--target", "species", "--epochs", "2", "--tensorboard", board);
    await trained(at("t.json"), at("board.json"), "--epochs", "2");
    for (const folder of [board, at("runs/job")]) {
      const [file, ...others] = readdirSync(folder);
      expect(others).toEqual([]);
      const events = eventsOf(readFileSync(join(folder, file)));
      const tags = new Set(
        events.flatMap(({ scalars, histograms }) => [...Object.keys(scalars), ...Object.keys(histograms)]),
      );
      expect([...tags]).toEqual(expect.arrayContaining(["loss/train", "gradient_norm/layer_0", "learning_rate"]));
      expect(events.filter(({ scalars }) => "loss/train" in scalars).map(({ step }) => step)).toEqual([1, 2]);
    }
  });

  it("prints tables, and lines of JSON beside them where there is no terminal", async () => {
    const argv = ["train", flowers, "--target", "species", "--epochs", "3", "--out", at("b.json")];
    const plain = await downhill(argv);
    expect(plain.stdout).toMatch(/^network {2}7 → 64 → 3, 707 parameters, /);
    expect(plain.stdout).toContain("\naccuracy      ");
    expect(plain.stdout).toMatch(/\nclass +precision +recall +F1 +samples\ndaisy /);
    expect(plain.stdout).not.toContain("\u001b");
    expect(jsonLines(plain.stderr).map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    const quiet = await downhill([...argv, "--quiet"]);
    expect(quiet.stderr).toBe("");
    expect(quiet.stdout.replace(/in \S+ s/, "")).toBe(plain.stdout.replace(/in \S+ s/, ""));
  });

  it("draws a bar on a terminal, and leaves the cursor there", async () => {
    const argv = ["train", flowers, "--target", "species", "--epochs", "3", "--out", at("b.json")];
    const { stderr, stdout } = await downhill(argv, { isTerminal: true });
    expect(stderr).toContain("epoch 3/3");
    expect(stderr.lastIndexOf("\u001b[?25h")).toBeGreaterThan(stderr.lastIndexOf("\u001b[?25l"));
    expect(stdout).toContain("\u001b[");
    const uncoloured = await downhill(argv, { isTerminal: true, env: { NO_COLOR: "1" } });
    expect(uncoloured.stdout).not.toContain("\u001b");
    expect((await downhill(argv, { env: { FORCE_COLOR: "1" } })).stdout).toContain("\u001b[");
  });

  it("replaces a network, but nothing else unless it is forced to", async () => {
    const argv = ["train", flowers, "--target", "species", "--epochs", "1", "--quiet", "--out"];
    const notes = at("notes.json");
    writeFileSync(notes, '{"mine": true}');
    const refused = await downhill([...argv, notes]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`${notes} is not replaced: it is there, and is no network`);
    expect(readFileSync(notes, "utf8")).toBe('{"mine": true}');
    expect((await downhill([...argv, notes, "--force"])).code).toBe(0);
    expect((await downhill([...argv, notes])).code).toBe(0);
    for (const [path, message] of [
      [at("model.txt"), "expected one that ends with .json"],
      [join(folder, "nowhere", "model.json"), "cannot be written: ENOENT"],
    ]) {
      const { code, stderr } = await downhill([...argv, path]);
      expect(code).toBe(1);
      expect(stderr).toContain(message);
    }
  });

  it("says what is missing or does not fit", async () => {
    for (const [argv, code, message] of [
      [[flowers], 2, `${flowers} needs --target COLUMN`],
      [[flowers, "--target", "spices"], 1, "expected a column of"],
      [["digits", "--target", "x"], 2, "target is about columns of CSV files"],
      [[at("none.csv"), "--target", "x"], 1, "none.csv cannot be read: ENOENT"],
      [[folder], 1, "holds no IDX files named as MNIST's are"],
      [[flowers, "--target", "species", "--dropout", "1.5"], 2, "the command line: fit.dropout is 1.5, expected"],
      [[flowers, "--target", "species", "--test", "2"], 2, "the command line: test is 2, expected a share"],
      [["digits", "--validation", flowers], 1, `validation is the CSV file ${flowers}, but the data is none`],
    ] as const) {
      const outcome = await downhill(["train", ...argv, "--out", at("never.json")]);
      expect({ code: outcome.code, stdout: outcome.stdout }).toEqual({ code, stdout: "" });
      expect(outcome.stderr).toContain(message);
    }
    expect(existsSync(at("never.json"))).toBe(false);
    expect(existsSync(at("never.json.checkpoint"))).toBe(false);
  });

  it("that diverges says so, and may be started again", async () => {
    const argv = ["train", numbers, "--target", "y", "--optimizer", "sgd", "--out", at("never.json"), "--quiet"];
    const { code, stderr } = await downhill([...argv, "--learning-rate", "1e30"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^downhill: .*epoch 1/);
    expect((await downhill([...argv, "--epochs", "2"])).code).toBe(0);
  });
});

describe("an interrupted training", () => {
  const train = ["train", flowers, "--target", "species", "--epochs", "40", "--dropout", "0.1", "--validation", "0.1"];

  /** Stops the command when it has told of an epoch. */
  function interrupted(argv: readonly string[], after: number, signal: "SIGINT" | "SIGTERM") {
    const controller = new AbortController();
    const onOutput = (text: string) => {
      if (text.startsWith(`{"epoch":${after},`)) controller.abort(new Interruption(signal));
      return undefined;
    };
    return downhill([...argv, "--json"], { signal: controller.signal, onOutput });
  }

  it("goes on with --resume as if nothing had been", async () => {
    const whole = at("whole.json");
    expect((await downhill([...train, "--out", whole])).code).toBe(0);
    const out = at("cut.json");
    const first = await interrupted([...train, "--out", out], 7, "SIGINT");
    expect(first.code).toBe(130);
    expect(first.stderr).toContain(`The last whole epoch is in ${out}.checkpoint. To go on:\n  npx downhill train `);
    expect(first.stderr).toMatch(/ --resume\ndownhill: stopped by SIGINT\n$/);
    expect(existsSync(out)).toBe(false);
    const again = await downhill([...train, "--out", out]);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain("--resume goes on with it, --restart starts over");
    const second = await interrupted([...train, "--out", out, "--resume"], 20, "SIGTERM");
    expect(second.code).toBe(143);
    expect(jsonLines(second.stdout)[0].epoch).toBe(8);
    // The very command that it has told.
    const [, told] = second.stderr.split("\n").map((line) => line.trim().split(" "));
    const third = await downhill(told.slice(2));
    expect(third.code).toBe(0);
    expect(existsSync(`${out}.checkpoint`)).toBe(false);
    const [a, b] = [await Network.load(out), await Network.load(whole)];
    expect(allWeights(a)).toEqual(allWeights(b));
    const historyOf = ({ metadata }: Network) => (metadata.training as { history: object[] }).history;
    expect(historyOf(a)).toEqual(historyOf(b));
    expect(historyOf(a)).toHaveLength(40);
  });

  it("starts over with --restart, and keeps a checkpoint that was asked for", async () => {
    const out = at("over.json");
    await interrupted([...train, "--out", out], 3, "SIGINT");
    const restarted = await downhill([...train, "--out", out, "--restart", "--json"]);
    expect(jsonLines(restarted.stdout)[0].epoch).toBe(1);
    const named = at("named.checkpoint");
    for (const more of [[], ["--resume"]]) {
      const { code } = await downhill([...train, "--out", out, "--checkpoint", named, ...more]);
      expect(code).toBe(0);
      expect(existsSync(named)).toBe(true);
    }
    const again = await downhill([...train, "--out", out, "--checkpoint", named]);
    expect(again).toMatchObject({ code: 1, stdout: "" });
    expect(again.stderr).toContain("--resume goes on with it, --restart starts over");
  });

  it("says where there is nothing to go on from", async () => {
    const none = await downhill([...train, "--out", at("nothing.json"), "--resume"]);
    expect(none.code).toBe(1);
    expect(none.stderr).toContain(`there is no checkpoint ${at("nothing.json")}.checkpoint to resume from`);
    const signal = AbortSignal.abort(new Interruption("SIGINT"));
    const early = await downhill([...train, "--out", at("nothing.json")], { signal });
    expect(early.code).toBe(130);
    expect(existsSync(at("nothing.json.checkpoint"))).toBe(false);
  });

  it("refuses to go on with other choices", async () => {
    const out = at("other.json");
    await interrupted([...train, "--out", out], 3, "SIGINT");
    const { code, stderr } = await downhill([...train, "--out", out, "--resume", "--batch-size", "16"]);
    expect(code).toBe(1);
    expect(stderr).toContain("was written by a training with batchSize 32; this one has 16");
  });
});
