import { backendInfo } from "downhill";
import { backendName } from "../common/display.ts";
import { print, runProgram } from "../common/program.ts";
import { MILESTONE_HEADER, milestoneLine, stateLines, stepLines } from "./display.ts";
import {
  countChanges,
  createNetwork,
  INPUT,
  inspect,
  learn,
  learnUntilReached,
  oneStep,
  type Steepness,
  TARGET,
} from "./experiments.ts";

const SEED = 1;
const SMALL = [2, 3, 3, 2];
const LARGE = [2, 1000, 1000, 2];
const LOOKS = [0, 10, 100, 1000, 10_000];

/** By experiment: the plain sigmoid gets by with a small rate; the gentle one moves its outputs a hundred times less. */
const SMALL_RATES: Readonly<Record<Steepness, number>> = { plain: 0.5, gentle: 1 };

/** A thousand units add up a thousand gradients, so a hundredth of the small network's rate is plenty. */
const LARGE_RATE = 0.01;

function title(text: string): void {
  print(["", text, "─".repeat(text.length), ""]);
}

function introduce(): void {
  const { backend, isa } = backendInfo();
  print([
    "Gradient descent, matrix by matrix",
    "",
    `One sample: from the input [${INPUT.join(", ")}] the network is to learn the output [${TARGET.join(", ")}].`,
    "Its weights and biases start as random numbers between 0 and 1. A step does this:",
    "",
    "  forward    z = W x̂, where x̂ is x with a 1 for the bias; x of the next layer is σ(c z) = 1 / (1 + e^(−c z))",
    "  loss       E = Σ (t − y)²",
    "  backward   ψ = −2 (t − y) · y (1 − y) at the output; below it ψ = Wᵀψ · x (1 − x), W without the biases",
    "  update     W − η ψ x̂ᵀ, where η is the learning rate",
    "",
    `Everything below was computed just now, in float64, with seed ${SEED}. Backend: ${backendName(backend, isa)}.`,
  ]);
}

function smallNetwork(): void {
  title(`1. A network of ${SMALL.join("-")} learns`);
  const learningRate = SMALL_RATES.plain;
  print([
    `The first step of a network with plain sigmoids (c = 1), at the learning rate ${learningRate}.`,
    "A row belongs to a unit; behind the bar is its bias.",
    "",
  ]);
  const { loss, layers } = oneStep(createNetwork(SMALL, "plain", SEED), learningRate);
  print(stepLines(layers));
  const { before, gradient, after } = layers[0];
  print([
    `The loss was ${loss.toFixed(6)}. Check a weight by hand, the first of W0:`,
    `${before.data[0].toFixed(6)} − ${learningRate} · ${gradient.data[0].toFixed(6)} = ${after.data[0].toFixed(6)}`,
    "",
    "Now the same step again and again, from the start:",
    "",
  ]);
  watch("plain");
  print([
    "",
    "And with gentle sigmoids, c = 0.01. They start near σ(0) = 0.5 and their outputs move a hundred times less",
    `when z does, so it takes longer even at the learning rate ${SMALL_RATES.gentle}:`,
    "",
  ]);
  watch("gentle");
}

function watch(steepness: Steepness): void {
  const milestones = learn(createNetwork(SMALL, steepness, SEED), SMALL_RATES[steepness], LOOKS);
  print([MILESTONE_HEADER, ...milestones.map(milestoneLine)]);
}

function deadNetwork(): void {
  title(`2. A network of ${LARGE.join("-")} does not learn at all`);
  const network = createNetwork(LARGE, "plain", SEED);
  print([
    "Plain sigmoids again, only more of them. A unit that adds up a thousand positive products gets a z of hundreds,",
    "and 1 + e^(−z) is exactly 1 then: float64 has 53 bits. The derivative x (1 − x) is exactly 0, and so is",
    "everything that is multiplied by it.",
    "",
    ...stateLines(inspect(network, "plain")),
    "",
  ]);
  const steps = 100;
  const changes = countChanges(network, LARGE_RATE, steps);
  const count = network.parameterCount.toLocaleString("en-US");
  print([`After ${steps} steps ${changes === 0 ? "not one" : changes} of ${count} weights and biases has changed.`]);
}

async function revivedNetwork(signal: AbortSignal): Promise<void> {
  title("3. The same network with a gentle slope learns");
  const network = createNetwork(LARGE, "gentle", SEED);
  const tolerance = 0.0005;
  print([
    "With σ(0.01 z) a z of hundreds is no more than a few, the derivative is alive in every layer, and so are the",
    "gradients. The factor 0.01 of the exact derivative is left out; the learning rate stands in for it.",
    "",
    ...stateLines(inspect(network, "gentle")),
    "",
    `Learning rate ${LARGE_RATE}, until both outputs are within ${tolerance} of their targets:`,
    "",
    MILESTONE_HEADER,
  ]);
  const arrival = await learnUntilReached(network, {
    learningRate: LARGE_RATE,
    tolerance,
    maximumSteps: 10_000,
    reportEvery: 500,
    onProgress: (milestone) => print([milestoneLine(milestone)]),
    signal,
  });
  const { reached, steps, seconds } = arrival;
  const speed = `${steps} steps, ${seconds.toFixed(1)} s, ${((seconds / steps) * 1000).toFixed(2)} ms a step`;
  print([milestoneLine(arrival), "", `${reached ? "There" : "Not there yet"}: ${speed}.`]);
  if (!reached) process.exitCode = 1;
}

await runProgram("tutorial", async (signal) => {
  introduce();
  smallNetwork();
  deadNetwork();
  await revivedNetwork(signal);
});
