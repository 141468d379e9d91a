import type { Register } from "../commands.ts";
import { addCsvOptions, choice, integer, number, several, shareOrFile, sizes } from "../option_values.ts";
import type { TrainOptions } from "../train/job.ts";

const ACTIVATIONS = ["sigmoid", "tanh", "relu", "leakyRelu", "linear"];

export const registerTrain: Register = (program, context) => {
  const command = program
    .command("train")
    .description("train a network, evaluate it, and save it")
    .argument("<data>", "a CSV file, a folder of IDX files, digits, or a job file (.yaml, .yml or .json)")
    .optionsGroup("Data:")
    .option(
      "--target <column>",
      "the column of a CSV file that is to be predicted; may be given several times",
      several,
    )
    .option("--exclude <column>", "a column that is no input; may be given several times", several)
    .option("--category <column>", "a column of categories, whatever it looks like; several times", several)
    .addOption(choice("--task <name>", "default: classify unless the target is numbers", ["classify", "regress"]))
    .option("--missing <rule>", "what stands in for missing values: mean, median, mostFrequent or a number");
  addCsvOptions(command)
    .option("--test <share|file>", "what is evaluated at the end, or none (default: 0.2 of a CSV file)", shareOrFile)
    .option("--validation <share|file>", "what each epoch is evaluated on (default: none)", shareOrFile)
    .addOption(
      choice("--normalize <how>", "default: standard for CSV files, none for images", ["standard", "minMax", "none"]),
    )
    .optionsGroup("Network:")
    .option("--layers <units>", "of the hidden layers, such as 128,64; or none (default: 64)", sizes)
    .addOption(choice("--activation <name>", "of the hidden layers (default: relu)", ACTIVATIONS))
    .addOption(
      choice("--output-activation <name>", "default: softmax for classes, sigmoid for 0 or 1, linear for numbers", [
        ...ACTIVATIONS,
        "softmax",
      ]),
    )
    .addOption(
      choice("--loss <name>", "default: the cross-entropy that fits the outputs, squaredError for numbers", [
        "squaredError",
        "binaryCrossEntropy",
        "categoricalCrossEntropy",
      ]),
    )
    .addOption(
      choice("--initializer <name>", "default: heUniform for relu and leakyRelu, else glorotUniform", [
        "glorotUniform",
        "glorotNormal",
        "heUniform",
        "heNormal",
        "zeros",
      ]),
    )
    .addOption(choice("--dtype <name>", "default: float32", ["float32", "float64"]))
    .addOption(choice("--arithmetic <name>", "default: fast", ["fast", "reproducible"]))
    .option("--seed <number>", "of the weights, the order of samples, and what is held out (default: 1)", integer(0))
    .addOption(choice("--backend <name>", "default: auto", ["auto", "native", "typescript"]))
    .option("--threads <number>", "default: as many as the machine runs at once", integer(1))
    .optionsGroup("Training:")
    .option("--epochs <number>", "how often all samples are gone through (default: 20)", integer(1))
    .option("--batch-size <number>", "samples in a step (default: 32)", integer(1))
    .option("--learning-rate <number>", "default: 0.001 with adam, else 0.01; schedules go into job files", number)
    .addOption(choice("--optimizer <name>", "default: adam", ["sgd", "rmsprop", "adam"]))
    .option("--weight-decay <number>", "default: 0", number)
    .option("--clip-gradient-norm <number>", "default: gradients stay as they are", number)
    .option("--dropout <share>", "of the units of hidden layers (default: 0)", number)
    .addOption(choice("--class-weights <how>", "default: every sample counts alike", ["balanced"]))
    .option(
      "--early-stopping <epochs>",
      "stop after so many epochs without a better one, by the validation data (a tenth, unless --validation is given)",
      integer(1),
    )
    .optionsGroup("Files:")
    .option("--out <file>", "where the network goes; the ending names the format (default: model.json)")
    .option("--force", "replace a file that is no network")
    .option("--tensorboard <folder>", "event files, to be looked at by tensorboard --logdir FOLDER")
    .option("--report <file>", "an HTML page with plots of the training")
    .option("--checkpoint <file>", "what a training goes on from, and stays (default: OUT.checkpoint until it is done)")
    .option("--resume", "go on from the checkpoint")
    .option("--restart", "start over, though there is a checkpoint of an interrupted training")
    .optionsGroup("Output:")
    .option("--json", "print a line of JSON for each epoch and one for the result")
    .option("--quiet", "show no progress")
    .addHelpText(
      "after",
      `
Progress is a bar on a terminal, else a line of JSON for each epoch; it goes to the standard error. The checkpoint is
written every ten seconds at most, and when the training is interrupted: SIGINT (Ctrl-C) and SIGTERM lose no whole epoch.

Examples:
  $ downhill train flowers.csv --target species
  $ downhill train houses.csv --target price --exclude id --missing median --validation 0.1 --early-stopping 5
  $ downhill train mnist/ --layers 128,64 --epochs 20 --batch-size 64 --out mnist.json
  $ downhill train digits --epochs 5 --resume
  $ downhill train job.yaml --epochs 50

A job file holds the same; paths in it start in its folder. Options of the command line take precedence:
  data: { csv: houses.csv, target: price, exclude: [id], missing: median }
  validation: 0.1
  network: { layers: [64, 32], activation: relu, seed: 7 }
  fit:
    epochs: 100
    learningRate: { type: cosine, learningRate: 0.003, warmupEpochs: 2 }
    earlyStopping: { patience: 10 }
  out: houses.json`,
    )
    .action(async (source: string, options: TrainOptions) => {
      const { train } = await import("../train/train.ts");
      await train(source, options, context);
    });
};
