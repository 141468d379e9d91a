import { arch, cpus, platform, release } from "node:os";
import { backendInfo } from "../backend/select.ts";
import { choicesOf } from "../network.ts";
import type { Activation, Initializer } from "../types.ts";
import { VERSION } from "../version.ts";
import type { Contents } from "./contents.ts";
import { type Content, type Html, html } from "./html.ts";
import { facts, section, table } from "./section.ts";
import { counted, shortened } from "./words.ts";

/** What was chosen, and where it ran. */

/** The network's own choices, and those that were handed over. */
export function configuration({ network, options }: Contents): Html {
  const { specs, loss } = choicesOf(network);
  const rows = specs.map(({ units, activation, initializer }, layer): Content[] => [
    layer,
    counted(units),
    choiceText(activation),
    choiceText(initializer),
    counted(units * (network.layers[layer] + 1)),
  ]);
  const columns = [
    { name: "layer" },
    { name: "units", isNumber: true },
    { name: "activation" },
    { name: "initializer" },
    { name: "parameters", isNumber: true },
  ];
  const { dtype, arithmetic } = network;
  const own = facts([
    ["inputs", counted(network.layers[0])],
    ["loss", loss],
    ["dtype", dtype],
    ["arithmetic", arithmetic],
    ["normalization", network.normalization ? "inputs are normalized by statistics of the training data" : "none"],
  ]);
  const words = ["The network’s choices, with every default filled in, and what was chosen for the training."];
  return section("configuration", "Configuration", words, [
    table(columns, rows),
    own,
    givenChoices(options.configuration),
  ]);
}

function givenChoices(given: Contents["options"]["configuration"]): Content {
  if (!given)
    return html`<p class="note">What was chosen for the training is not known: <code>options.configuration</code> takes it.</p>`;
  const { pairs, isWhole } = flattened(given);
  if (pairs.length === 0) return undefined;
  const rest = isWhole ? undefined : html`<p class="note">There is more than can be listed here.</p>`;
  return html`<h3>Training</h3>${facts(pairs.map(([name, value]) => [shortened(name, 80), shortened(value, 300)]))}${rest}`;
}

const MOST_PAIRS = 100;
const MOST_DEPTH = 8;

/** The leaves of JSON, each with the way to it. */
function flattened(given: unknown): {
  readonly pairs: readonly (readonly [string, string])[];
  readonly isWhole: boolean;
} {
  const pairs: [string, string][] = [];
  let isWhole = true;
  const visit = (value: unknown, path: string, depth: number) => {
    if (pairs.length >= MOST_PAIRS) {
      isWhole = false;
      return;
    }
    const isLeaf = typeof value !== "object" || value === null || isFlatList(value) || depth === MOST_DEPTH;
    if (isLeaf) {
      pairs.push([path, typeof value === "string" ? value : (JSON.stringify(value) ?? "")]);
      return;
    }
    for (const [key, inner] of Object.entries(value)) {
      visit(inner, path === "" ? key : `${path}.${key}`, depth + 1);
      if (!isWhole) return;
    }
  };
  visit(given, "", 0);
  return { pairs, isWhole };
}

function isFlatList(value: object): boolean {
  return Array.isArray(value) && value.every((item) => typeof item !== "object" || item === null);
}

/** An activation or an initializer on a line. */
function choiceText(choice: Activation | Initializer): string {
  if (typeof choice === "string") return choice;
  const { type, ...rest } = choice;
  const parameters = Object.entries(rest).map(([name, value]) => `${name} ${value}`);
  return parameters.length === 0 ? type : `${type} (${parameters.join(", ")})`;
}

/** Where it ran: what this process knows of itself. */
export function environment({ network, date }: Contents): Html {
  const { isa } = backendInfo();
  const processors = cpus();
  const pairs = facts([
    ["downhill", VERSION],
    ["backend", network.backend === "native" ? `native, ${isa}` : "typescript"],
    ["Node.js", process.version],
    ["platform", `${platform()} ${release()}, ${arch()}`],
    ["processor", processors.length > 0 ? `${processors[0].model.trim()}, ${processors.length} at once` : "unknown"],
    [
      "written",
      date
        .toISOString()
        .replace("T", " ")
        .replace(/\.\d+Z$/, " UTC"),
    ],
  ]);
  const words = ["The machine and the process that wrote this report."];
  return section("environment", "Environment", words, pairs);
}

/** How to come to the same network again. */
export function reproduction(contents: Contents): Html {
  const { network, options } = contents;
  const { command } = options;
  const words = [
    html`The same seed, data and choices give the same network; with <code>arithmetic: "reproducible"</code> bit for bit on
every machine.`,
  ];
  return section("reproduce", "Do it again", words, [
    facts([["seed", String(network.seed)]]),
    command === undefined ? undefined : html`<h3>Command</h3><pre><code>${command}</code></pre>`,
    // The command reads the data, too; what it does to it no program of a few lines would say.
    command === undefined ? html`<h3>Program</h3><pre><code>${programText(contents)}</code></pre>` : undefined,
  ]);
}

/** What `fit` can be told again by JSON, in the order of a program. */
const FIT_KEYS = [
  ...["epochs", "batchSize", "learningRate", "optimizer", "weightDecay", "clipGradientNorm", "dropout", "classWeights"],
  ...["shuffle", "seed", "validation", "earlyStopping", "statistics"],
];

function programText({ network, options, history }: Contents): string {
  const { specs, loss } = choicesOf(network);
  const { dtype, arithmetic, seed } = network;
  const first = history?.epochs[0].learningRate;
  const isConstant = history?.epochs.every(({ learningRate }) => learningRate === first);
  const known = { epochs: history?.epochs.length ?? 1, ...(isConstant && { learningRate: first }) };
  const all: Record<string, unknown> = { ...known, ...options.configuration };
  const chosen = FIT_KEYS.filter((key) => all[key] !== undefined && all[key] !== null);
  return `import { Network } from "downhill";

const layers = [
  ${network.layers[0]},
${specs.map((spec) => `  ${literal(spec)},\n`).join("")}];
const network = new Network(layers, ${onLines({ loss, dtype, arithmetic, seed })});
await network.fit(data, ${onLines(Object.fromEntries(chosen.map((key) => [key, all[key]])))});`;
}

/** An object with a line for each of its pairs. */
function onLines(value: object): string {
  const lines = Object.entries(value).map(([key, inner]) => `  ${key}: ${literal(inner)},\n`);
  return `{\n${lines.join("")}}`;
}

/** JSON as a program has it: keys that are names without quotes. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const pairs = Object.entries(value).map(([key, inner]) => {
    const name = /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
    return `${name}: ${literal(inner)}`;
  });
  return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
}
