import { access, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { CommandError, errorCode } from "../common/errors.ts";
import { loadJson, saveJson } from "../common/files.ts";
import { type GeneratedFacts, generateCsv } from "./generate.ts";

/** The files of a job. */
export interface WorkFolder {
  /** Customers, where they are generated. */
  readonly data: string;
  /** What is known about them: `GeneratedFacts`. */
  readonly facts: string;
  /** What it takes to go on with a training; there while one is under way. */
  readonly checkpoint: string;
  /** The result. */
  readonly model: string;
}

/** The folder's files; the folder is made if need be. */
export async function openWorkFolder(folder: string): Promise<WorkFolder> {
  await mkdir(folder, { recursive: true });
  return workFiles(folder);
}

/** Where the files are, or would be. */
export function workFiles(folder: string): WorkFolder {
  return {
    data: join(folder, "customers.csv"),
    facts: join(folder, "customers.json"),
    checkpoint: join(folder, "training.checkpoint"),
    model: join(folder, "model.json"),
  };
}

/** Which customers are wanted, and what may interrupt the making of them. */
export interface CustomersWanted {
  readonly rows: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/** What the folder's customers are like, if they are those that are wanted. */
export async function findCustomers(
  files: WorkFolder,
  { rows, seed }: CustomersWanted,
): Promise<GeneratedFacts | undefined> {
  if (!(await exists(files.facts)) || !(await exists(files.data))) return undefined;
  const facts = (await loadJson(files.facts)) as GeneratedFacts | null;
  return facts?.rows === rows && facts.seed === seed ? facts : undefined;
}

/**
 * Generates customers into the folder.
 *
 * @throws CommandError when a training that is under way needs the others that are there
 */
export async function generateCustomers(files: WorkFolder, wanted: CustomersWanted): Promise<GeneratedFacts> {
  const isRepetition = (await findCustomers(files, wanted)) !== undefined;
  if (!isRepetition && (await exists(files.checkpoint))) {
    throw new CommandError(
      `${files.checkpoint} is of a training with other data; delete it to begin anew, or name another folder with --work`,
    );
  }
  // So that, whatever happens, facts never stand beside other customers.
  await rm(files.facts, { force: true });
  const facts = await generateCsv(files.data, wanted);
  await saveJson(files.facts, facts);
  return facts;
}

/** Whether there is such a file. */
export async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}
