import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeReport } from "downhill";
import { formatShare } from "../common/display.ts";
import { replaceFile } from "../common/files.ts";
import { print, runProgram } from "../common/program.ts";
import { HELP, parseArguments } from "./arguments.ts";
import { overviewPage, type Shown } from "./overview.ts";
import { type Training, trainDigits, trainSlope } from "./trainings.ts";

async function main(signal: AbortSignal): Promise<void> {
  const args = parseArguments(process.argv.slice(2));
  if (args.help) {
    process.stdout.write(HELP);
    return;
  }
  await mkdir(args.out, { recursive: true });
  const reports: Shown[] = [];
  for (const train of [
    () => trainSlope("plain", args, signal),
    () => trainSlope("gentle", args, signal),
    () => trainDigits(args, signal),
  ]) {
    const training = await train();
    const { name, network, history, evaluation, options } = training;
    const file = `${name}.html`;
    await writeReport(history, network, evaluation, join(args.out, file), options);
    const shown = { file, title: options.title, result: resultOf(training) };
    reports.push(shown);
    print([`${shown.title.padEnd(36)} ${shown.result}`]);
  }
  const overview = join(args.out, "index.html");
  await replaceFile(overview, (temporary) => writeFile(temporary, overviewPage(reports)));
  print(["", `The reports are in ${overview}.`]);
}

function resultOf({ history, evaluation }: Training): string {
  const { accuracy, samples, loss } = evaluation;
  if (accuracy !== undefined) return `${formatShare(accuracy)} of ${samples.toLocaleString("en-US")} digits read right`;
  return `loss ${history.epochs[0].loss.toPrecision(2)} at first, ${loss.toPrecision(2)} in the end`;
}

await runProgram("reports", main);
