import { UsageError } from "../command_error.ts";
import { checkTrainingJob, JOB_KEYS } from "../job/check_training_job.ts";
import { Place } from "../job/place.ts";
import type { Parameters } from "./sweep_job.ts";

/**
 * Refuses candidates that the job could not be trained with, before anything is trained. Whether several of them go together
 * is left to the trainings.
 *
 * @param job - as the file has it
 * @param place - of the parameters
 */
export function assertUsable(job: object, parameters: Parameters, place: Place): void {
  for (const [name, candidates] of Object.entries(parameters)) {
    const given = place.fields(Object.keys(parameters))[name] as Place;
    const list = "values" in candidates ? candidates.values : [candidates.min, candidates.max];
    for (const value of list) {
      const message = objectionTo(job, name, value);
      if (message !== undefined) throw given.error(`cannot be ${JSON.stringify(value)}: ${message}`);
    }
  }
}

function objectionTo(job: object, name: string, value: unknown): string | undefined {
  const changed = withParameter(job as Record<string, unknown>, name, value);
  const training = Object.fromEntries(JOB_KEYS.filter((key) => key in changed).map((key) => [key, changed[key]]));
  try {
    checkTrainingJob(new Place(training, "", { file: "it", folder: "", positions: new Map() }));
    return undefined;
  } catch (error) {
    if (error instanceof UsageError) return error.message.slice("it: ".length);
    throw error;
  }
}

/** A job with another value in the place that a name such as `fit.learningRate` tells. */
export function withParameter<Job extends object>(job: Job, name: string, value: unknown): Job {
  const [section, key] = name.split(".");
  return { ...job, [section]: { ...(job as Record<string, object>)[section], [key]: value } };
}
