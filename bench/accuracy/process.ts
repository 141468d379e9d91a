import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ONE_THREAD, type RaceContender } from "./contenders.ts";
import type { RaceReply, RaceTask } from "./race.ts";

const execute = promisify(execFile);

/** Races one contender in a process of its own, on one thread. */
export async function raceInProcess(contender: RaceContender, task: RaceTask, python: string): Promise<RaceReply> {
  const { file, args } = contender.command(task, python);
  try {
    const { stdout } = await execute(file, args, { env: { ...process.env, ...ONE_THREAD } });
    return JSON.parse(stdout) as RaceReply;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return { reply: "absent", why: `there is no ${file}` };
    return { reply: "failed", why: message };
  }
}
