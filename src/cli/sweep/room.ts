import { availableParallelism } from "node:os";
import { chunksAtOnce } from "../../backend/job_gate.ts";
import { backendInfo } from "../../index.ts";
import type { Context } from "../context.ts";
import type { SweepJob } from "./sweep_job.ts";

/** How the cores are shared out. */
export interface Room {
  /** Trainings at once. */
  readonly parallel: number;
  /** Of each training. They change no bit of what it comes to. */
  readonly threads: number;
  /** What a person may want to know. */
  readonly hint?: string;
}

/**
 * One training a core, with one thread each: a short product of matrices is not worth two. Trainings on native code run in
 * Node.js's pool of threads, which is smaller than many machines; what cores are left are threads of the trainings. All
 * trainings on TypeScript share one core.
 */
export function roomFor({ job, search }: SweepJob, points: number, { env }: Pick<Context, "env">): Room {
  const cores = availableParallelism();
  const { backend = "auto" } = job.network ?? {};
  const isNative = backend === "native" || (backend === "auto" && backendInfo().backend === "native");
  const most = isNative ? Math.min(cores, chunksAtOnce(env.UV_THREADPOOL_SIZE)) : 1;
  const parallel = search.parallel ?? Math.max(1, Math.min(most, points));
  const threads = Math.max(1, Math.floor(cores / parallel));
  if (search.parallel !== undefined || !isNative || most === cores || points <= most) return { parallel, threads };
  const hint = `${most} trainings run at once; with UV_THREADPOOL_SIZE=${cores + 1} in the environment it would be ${Math.min(cores, points)}`;
  return { parallel, threads, hint };
}
