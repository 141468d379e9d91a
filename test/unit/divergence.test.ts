import { describe, expect, it } from "vitest";
import { samplesOf } from "../../src/dataset.ts";
import { Dataset, type DatasetSource } from "../../src/index.ts";
import { createModel } from "../../src/model.ts";
import type { Samples } from "../../src/samples.ts";
import { type Divergence, describeDivergence } from "../../src/training/divergence.ts";
import type { DType } from "../../src/types.ts";
import { expectError } from "../support/errors.ts";

const SIZES = [2, 3, 1];
const linear = { kind: "linear", parameter: 1, derivativeParameter: 1 } as const;

function modelOf(dtype: DType) {
  return createModel(SIZES, [linear, linear], { dtype, arithmetic: "fast", loss: "squaredError" });
}

const model = modelOf("float32");
const [first, second] = model.layout.layers;

/** Weights whose layers have one value each that is not 0: the layers' norms. */
function parametersOf(...norms: readonly [number, number]): Float32Array {
  const parameters = new Float32Array(model.layout.parameterValues);
  parameters[first.weights + 1] = norms[0];
  parameters[second.weights] = norms[1];
  return parameters;
}

const inputs = [
  [0.5, -1],
  [0.25, 1],
  [0, 0.75],
];
const targets = [[0.5], [-1], [1]];

function samplesFrom(source: Partial<DatasetSource>): Samples {
  return samplesOf(Dataset.from({ inputs, targets, ...source } as DatasetSource));
}

function messageOf(facts: Partial<Divergence>): string {
  const error = describeDivergence({
    epoch: 3,
    batch: 2,
    position: 1,
    sample: 2,
    what: "loss",
    model,
    parameters: parametersOf(2, 0.5),
    previous: parametersOf(2, 0.5),
    samples: samplesFrom({}),
    learningRate: 0.125,
    lastGoodLoss: 0.75,
    gradientNorm: undefined,
    ...facts,
  });
  return expectError(error, "ERR_DIVERGED").message;
}

describe("the place of a divergence", () => {
  it("is a sample's loss, or the weights at the end", () => {
    expect(messageOf({})).toMatch(/^epoch 3: the loss of sample 2, number 2 of 3, is not finite; /);
    expect(messageOf({ what: "weights" })).toMatch(/^epoch 3: a weight at the end is not finite; /);
  });

  it("says what the network keeps", () => {
    expect(messageOf({})).toContain("the network keeps the weights of epoch 2.");
    expect(messageOf({ epoch: 1 })).toContain("the network keeps the weights it had before.");
  });

  it("names the batch and the last good loss, if there is one", () => {
    expect(messageOf({ batch: 7 })).toContain("By batch 7 ");
    expect(messageOf({})).toContain("; the last good loss was 0.75.");
    expect(messageOf({ lastGoodLoss: undefined })).not.toContain("good loss");
  });

  it("names the layer whose weights grew most", () => {
    expect(messageOf({ parameters: parametersOf(4, 5) })).toContain(
      "layer 1 had grown most, the norm of its weights from 0.5 to 5",
    );
    expect(messageOf({ parameters: parametersOf(6, 1) })).toContain("layer 0 had grown most");
    expect(messageOf({ parameters: parametersOf(1, 0.5) })).toContain("no layer's weights had grown");
    expect(messageOf({ parameters: parametersOf(2, 1), previous: parametersOf(0, 0) })).toContain("layer 0");
  });

  it("names the first layer with weights that are not finite", () => {
    for (const what of ["loss", "weights"] as const) {
      for (const wrong of [Number.NaN, Number.NEGATIVE_INFINITY]) {
        expect(messageOf({ what, parameters: parametersOf(1e30, wrong) })).toContain(
          "layer 1 had weights that are not finite, of norm 0.5 when the epoch began",
        );
        expect(messageOf({ what, parameters: parametersOf(wrong, wrong) })).toContain(
          "layer 0 had weights that are not",
        );
      }
    }
  });

  it("takes norms whose squares are no numbers any more", () => {
    const double = modelOf("float64");
    const [place] = double.layout.layers;
    const previous = new Float64Array(double.layout.parameterValues);
    previous[place.weights] = 1;
    const parameters = previous.slice();
    parameters.set([3e200, 4e200], place.weights);
    expect(messageOf({ model: double, previous, parameters })).toContain("from 1 to 5e+200");
  });
});

describe("the likeliest cause of a divergence", () => {
  it("is a value in the data that is not finite, before anything else", () => {
    const shared = new Float64Array(new SharedArrayBuffer(6 * 8));
    const samples = samplesFrom({ inputs: shared });
    shared.set([1e6, 0, 0, 0, 0, Number.NaN]);
    const message = messageOf({ samples, parameters: parametersOf(1e30, Number.NaN), learningRate: 1e6 });
    expect(message).toContain("inputs[2][1] is NaN.");
    expect(message).toContain("Every value has to be a finite number");
    expect(message).not.toContain("learningRate");
  });

  it("may lie in the targets", () => {
    const shared = new Float64Array(new SharedArrayBuffer(3 * 8));
    const samples = samplesFrom({ targets: shared });
    shared[1] = Number.POSITIVE_INFINITY;
    expect(messageOf({ samples })).toContain("targets[1][0] is Infinity.");
  });

  it("may be a value that only its scale takes out of range", () => {
    const samples = samplesFrom({
      inputs: [
        [0, 0],
        [0, 1e200],
        [0, 0],
      ],
      inputScale: 1e10,
    });
    expect(messageOf({ samples })).toContain("inputs[1][1] is 1e+200 before it is multiplied by 10000000000.");
    expect(messageOf({ samples, model: modelOf("float64") })).toContain("column 1 goes from 0 to 1e+210");
  });

  it("is an unscaled column, with its range", () => {
    const large = [
      [0.5, -300],
      [40, 1000],
      [0, 500],
    ];
    const message = messageOf({ samples: samplesFrom({ inputs: large }), parameters: parametersOf(1e20, 1) });
    expect(message).toContain("The inputs are not scaled: column 1 goes from -300 to 1000.");
    expect(message).toContain('scaled to about 0 … 1, as normalize("minMax")');
    expect(message).toContain("a smaller learningRate (it is 0.125) usually help");
    const bytes = Uint8Array.of(0, 255, 17, 128, 3, 30);
    expect(messageOf({ samples: samplesFrom({ inputs: bytes }) })).toContain("column 1 goes from 30 to 255.");
    expect(messageOf({ samples: samplesFrom({ inputs: bytes, inputScale: 1 / 255 }) })).not.toContain("not scaled");
  });

  it("is an unscaled target, where the inputs are scaled", () => {
    const message = messageOf({ samples: samplesFrom({ targets: [[200], [-3], [100]] }) });
    expect(message).toContain("The targets are not scaled: column 0 goes from -3 to 200.");
    expect(message).not.toContain("normalize");
  });

  it("is none of the data for labels and scaled inputs", () => {
    const labels = samplesOf(Dataset.from({ inputs, labels: [0, 90, 3] }));
    expect(messageOf({ samples: labels })).toContain("The data is finite and scaled");
  });

  it("is a learning rate that moved the weights by far more than they measure", () => {
    const parameters = parametersOf(2, 100.5);
    const message = messageOf({ parameters });
    expect(message).toContain("The steps are too large: since the epoch began they moved weights of norm 0.5 by 100.");
    expect(message).toContain("A smaller learningRate (it is 0.125) or clipGradientNorm usually helps");
    expect(messageOf({ parameters, gradientNorm: 12.5 })).toContain(
      ", where the gradient of that sample had a norm of 12.5.",
    );
    expect(messageOf({ parameters, gradientNorm: Number.NaN })).not.toContain("gradient has");
    expect(messageOf({ parameters: parametersOf(2, Number.NaN) })).toContain("norm 0.5 beyond all numbers.");
  });

  it("is such a learning rate rather than unscaled inputs when it is above 1 itself", () => {
    const samples = samplesFrom({
      inputs: [
        [0, 0],
        [0, 50],
        [0, 0],
      ],
    });
    const parameters = parametersOf(1e20, 1);
    expect(messageOf({ samples, parameters, learningRate: 1e12 })).toContain("The steps are too large");
    expect(messageOf({ samples, parameters, learningRate: 1 })).toContain("The inputs are not scaled");
    expect(messageOf({ samples, learningRate: 1e12 })).toContain("The inputs are not scaled");
  });

  it("is else left open, with two things to try", () => {
    const message = messageOf({ parameters: parametersOf(2.5, 0.75) });
    expect(message).toContain("the weights have moved little");
    expect(message).toMatch(/initializer, or a smaller learningRate \(it is 0\.125\) usually help$/);
  });
});
