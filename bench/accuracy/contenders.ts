/** Who races, and how each is started. */
import { fileURLToPath } from "node:url";
import type { RaceTask } from "./race.ts";
import { brainSettings, DOWNHILL, NUMPY, PYTORCH, SCIKIT_LEARN, TENSORFLOW, type TriedSettings } from "./settings.ts";

export interface RaceContender {
  readonly id: string;
  readonly settings: TriedSettings;
  command(task: RaceTask, python: string): { readonly file: string; readonly args: readonly string[] };
}

function inNode(id: string, file: string, settings: TriedSettings): RaceContender {
  const path = fileURLToPath(new URL(file, import.meta.url));
  return {
    id,
    settings,
    command: (task) => ({ file: process.execPath, args: [...process.execArgv, path, JSON.stringify(task)] }),
  };
}

function inPython(id: string, settings: TriedSettings): RaceContender {
  const path = fileURLToPath(new URL("python/child.py", import.meta.url));
  return { id, settings, command: (task, python) => ({ file: python, args: [path, id, JSON.stringify(task)] }) };
}

/** Of libraries that would use more; set before they are loaded. */
export const ONE_THREAD: Readonly<Record<string, string>> = {
  OMP_NUM_THREADS: "1",
  OPENBLAS_NUM_THREADS: "1",
  MKL_NUM_THREADS: "1",
  VECLIB_MAXIMUM_THREADS: "1",
  PYTHONDONTWRITEBYTECODE: "1",
};

/** synaptic would take an hour for an epoch, onnxruntime-node does not train. */
export const RACE_CONTENDERS: readonly RaceContender[] = [
  inNode("downhill", "downhill_child.ts", DOWNHILL),
  inPython("pytorch", PYTORCH),
  inPython("numpy", NUMPY),
  inPython("scikit-learn", SCIKIT_LEARN),
  inNode("tensorflow", "tensorflow_child.ts", TENSORFLOW),
  inNode("brain.js-1", "brain_child.ts", brainSettings("brain.js-1")),
  inNode("brain.js-2", "brain_child.ts", brainSettings("brain.js-2")),
];
