import type { Dataset } from "../../index.ts";
import type { Context } from "../context.ts";
import type { TrainingData } from "../job/data.ts";
import type { TrainingJob } from "../job/training_job.ts";

/** Classes of a number are rarely more. */
const MOST_CLASSES = 20;
/** So many samples tell. */
const LOOKED_AT = 1000;

/** Says how to have whole numbers taken as classes, where a target has few of them and nothing was said. */
export function adviseOnTask({ data }: TrainingJob, { train }: TrainingData, { stderr }: Context): void {
  if (typeof data !== "object" || !("csv" in data) || data.task !== undefined) return;
  const values = train.classes === undefined && train.targetSize === 1 ? wholeTargets(train) : undefined;
  if (values === undefined) return;
  const found = `The target has only ${values} different whole numbers, and they are taken as amounts`;
  stderr.write(`${found}; --task classify takes them as classes.\n`);
}

/** How many different values targets have, if few, and all of them whole numbers. */
function wholeTargets(data: Dataset): number | undefined {
  const found = new Set<number>();
  for (let i = 0; i < Math.min(data.size, LOOKED_AT); i++) {
    const [value] = data.sample(i).target;
    found.add(value);
    if (!Number.isInteger(value) || found.size > MOST_CLASSES) return undefined;
  }
  return found.size;
}
