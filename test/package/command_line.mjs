// The program of an installed package, as a person uses it: npx downhill.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { npm } from "./commands.mjs";
import { step } from "./steps.mjs";

/** @param {string} folder - a project in which the package is installed */
export async function checkCommandLine(folder) {
  const place = join(folder, "command line");
  mkdirSync(place, { recursive: true });
  const downhill = commandIn(place);
  const ok = async (/** @type {string[]} */ ...argv) => {
    const { code, stdout, stderr } = await downhill(argv);
    assert.equal(code, 0, `downhill ${argv.join(" ")}\n${stderr}`);
    return stdout;
  };
  // Where signals are sent: of npx its own end would be seen.
  const program = join(folder, "node_modules/.bin/downhill");
  const bytesOf = (/** @type {string} */ name) => readFileSync(join(place, name));
  writeFlowers(join(place, "flowers.csv"));

  await step("npx downhill: helps, and refuses what makes no sense", async () => {
    assert.match(await ok("--help"), /Exit codes:/);
    assert.equal((await downhill(["train"])).code, 2);
    assert.equal((await downhill(["inspect", "none.json"])).code, 1);
    writeFileSync(join(place, "wrong.yaml"), "data: digits\nfit:\n  epoch: 3\n");
    const { code, stderr } = await downhill(["train", "wrong.yaml"]);
    assert.equal(code, 2);
    assert.match(stderr, /wrong\.yaml:3:3: fit has no "epoch" \(did you mean epochs\?\)/);
  });
  await step("npx downhill: trains on a CSV file and uses the network", async () => {
    const argv = ["flowers.csv", "--target", "species", "--epochs", "40", "--out", "flowers.json", "--quiet"];
    assert.match(await ok("train", ...argv), /saved +flowers\.json/);
    const { accuracy } = JSON.parse(await ok("evaluate", "flowers.json", "flowers.csv", "--json"));
    assert.ok(accuracy > 0.95, `accuracy ${accuracy}`);
    const answers = (await ok("predict", "flowers.json", "flowers.csv")).trim().split("\n");
    assert.equal(answers.length, 301);
    const piped = await downhill(["predict", "flowers.json", "-"], readFileSync(join(place, "flowers.csv"), "utf8"));
    assert.deepEqual(piped.stdout.trim().split("\n"), answers);
    assert.match(await ok("inspect", "flowers.json"), /classes +daisy, rose, tulip/);
    assert.match(await ok("diagnose", "flowers.json", "flowers.csv"), /samples went through the network/);
  });
  await step("npx downhill: converts between all formats, with the same predictions", async () => {
    const answers = await ok("predict", "flowers.json", "flowers.csv", "--probabilities");
    const files = ["flowers.json", "copy.safetensors", "copy.onnx", "again.safetensors", "again.onnx", "copy.json"];
    for (const [i, file] of files.slice(1).entries()) {
      await ok("convert", files[i], file);
      assert.equal(await ok("predict", file, "flowers.csv", "--probabilities"), answers, file);
    }
    assert.deepEqual(bytesOf("again.safetensors"), bytesOf("copy.safetensors"));
    assert.deepEqual(bytesOf("copy.json"), bytesOf("flowers.json"));
    await ok("convert", "copy.onnx", "module.mjs");
    const { default: predict, classNames } = await import(pathToFileURL(join(place, "module.mjs")).href);
    const outputs = predict([1.2, 0, 0, 1]);
    assert.equal(outputs.length, 3);
    assert.deepEqual(classNames, ["daisy", "rose", "tulip"]);
  });
  await step("npx downhill: trains on the built-in digits, with a report", async () => {
    const files = ["--out", "digits.json", "--report", "digits.html", "--tensorboard", "runs"];
    await ok("train", "digits", "--epochs", "3", ...files, "--quiet");
    const { accuracy } = JSON.parse(await ok("evaluate", "digits.json", "digits", "--json"));
    assert.ok(accuracy > 0.9, `accuracy ${accuracy}`);
    assert.match(readFileSync(join(place, "digits.html"), "utf8"), /<\/html>\s*$/);
    assert.match(readdirSync(join(place, "runs")).join(), /^events\.out\.tfevents\.[^,]+$/);
  });
  await step("npx downhill: trains on a folder of IDX files", async () => {
    writeIdxFolder(join(place, "images"));
    const { evaluation } = JSON.parse(lastLine(await ok("train", "images", "--epochs", "30", "--json", "--force")));
    assert.equal(evaluation.samples, 60);
    assert.equal(evaluation.accuracy, 1);
  });
  await step("npx downhill: doctor finds nothing wrong, and bench measures", async () => {
    const { checks } = JSON.parse(await ok("doctor", "--no-bench", "--json"));
    assert.ok(checks.length > 3, `${checks.length} checks`);
    assert.match(await ok("bench", "--layers", "20,10,2", "--seconds", "0.2"), /training/);
  });
  await step("downhill: a sweep of 20 points goes on after SIGINT to the same ranking", async () => {
    const sweep = {
      method: "random",
      points: 20,
      parallel: 1,
      parameters: { "fit.learningRate": { min: 1e-4, max: 0.1, scale: "log" } },
    };
    const job = JSON.stringify({ data: "digits", network: { layers: [16] }, fit: { epochs: 2 }, sweep });
    for (const name of ["sweep", "cut-sweep"]) writeFileSync(join(place, `${name}.json`), job);
    const whole = lastLine(await ok("sweep", "sweep.json", "--json"));
    const child = spawn(program, ["sweep", "cut-sweep.json", "--json"], {
      cwd: place,
      stdio: ["ignore", "pipe", "ignore"],
    });
    child.stdout.once("data", () => child.kill("SIGINT"));
    child.stdout.resume();
    assert.equal((await once(child, "close"))[0], 130);
    const done = readFileSync(join(place, "cut-sweep.sweep.jsonl"), "utf8").trim().split("\n").length - 1;
    assert.ok(done > 0 && done < 20, `${done} points`);
    const lines = (await ok("sweep", "cut-sweep.json", "--json", "--out", "best.onnx")).trim().split("\n");
    assert.equal(lines.length, 20 - done + 1);
    assert.deepEqual(rankingOf(lastLine(lines.join("\n"))), rankingOf(whole));
    assert.match(await ok("inspect", "best.onnx"), /784 → 16 → 10/);
  });
  await step("downhill: goes on after SIGINT to the same bits", async () => {
    const argv = ["train", "digits", "--epochs", "8", "--layers", "32", "--json", "--out"];
    await ok(...argv, "whole.json");
    const child = spawn(program, [...argv, "cut.json"], { cwd: place, stdio: ["ignore", "pipe", "ignore"] });
    child.stdout.once("data", () => child.kill("SIGINT"));
    child.stdout.resume();
    assert.equal((await once(child, "close"))[0], 130);
    assert.ok(existsSync(join(place, "cut.json.checkpoint")) && !existsSync(join(place, "cut.json")));
    await ok(...argv, "cut.json", "--resume");
    const weightsOf = (/** @type {string} */ name) => JSON.parse(readFileSync(join(place, name), "utf8")).layers;
    assert.deepEqual(weightsOf("cut.json"), weightsOf("whole.json"));
  });
}

/** @param {string} cwd */
function commandIn(cwd) {
  const npx = npm.replace(/npm-cli\.js$/, "npx-cli.js");
  return async (/** @type {string[]} */ argv, stdin = "") => {
    const child = spawn(process.execPath, [npx, "--no-install", "downhill", ...argv], { cwd });
    child.stdout.setEncoding("utf8");
    child.stderr.setEncoding("utf8");
    const said = { stdout: "", stderr: "" };
    child.stdout.on("data", (text) => {
      said.stdout += text;
    });
    child.stderr.on("data", (text) => {
      said.stderr += text;
    });
    child.stdin.end(stdin);
    const [code] = await once(child, "close");
    return { code, ...said };
  };
}

/**
 * What was found, but for the time it took.
 *
 * @param {string} line
 */
function rankingOf(line) {
  const { ranking } = JSON.parse(line);
  return ranking.map((/** @type {{ seconds: number }} */ { seconds: _, ...outcome }) => outcome);
}

/** @param {string} text */
function lastLine(text) {
  return text.trim().split("\n").at(-1) ?? "";
}

/** @param {string} path */
function writeFlowers(path) {
  const rows = Array.from({ length: 300 }, (_, i) => {
    const kind = i % 3;
    const size = 1 + 2 * kind + ((i * 7919) % 101) / 100;
    return `${size},${["yellow", "red", "pink"][kind]},${["daisy", "rose", "tulip"][kind]}`;
  });
  writeFileSync(path, `size,colour,species\n${rows.join("\n")}\n`);
}

/**
 * 4 × 4 pixels in three classes: which row is bright.
 *
 * @param {string} folder
 */
function writeIdxFolder(folder) {
  mkdirSync(folder, { recursive: true });
  for (const [part, count] of /** @type {const} */ ([
    ["train", 240],
    ["t10k", 60],
  ])) {
    const labels = Array.from({ length: count }, (_, i) => i % 3);
    const pixels = labels.flatMap((label, i) =>
      Array.from({ length: 16 }, (_, p) => (Math.floor(p / 4) === label ? 180 : 20) + ((i * 31 + p * 17) % 60)),
    );
    const head = [0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 4, 0, 0, 0, 4];
    writeFileSync(join(folder, `${part}-images-idx3-ubyte`), Uint8Array.from([...head, ...pixels]));
    writeFileSync(join(folder, `${part}-labels-idx1-ubyte`), Uint8Array.from([0, 0, 8, 1, 0, 0, 0, count, ...labels]));
  }
}
