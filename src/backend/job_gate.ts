/** Lets a few pieces of work run at once, first come, first served. */
export class JobGate {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  /** @param slots - how many may run at once, at least 1 */
  constructor(slots: number) {
    this.#free = slots;
  }

  /** Starts the work when its turn has come, at once if it can; what comes of the work comes of this. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  /** A slot goes straight to the next in the row, so that nobody gets in between. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}

/** libuv's pool has so many threads unless UV_THREADPOOL_SIZE says otherwise. */
const POOL_THREADS = 4;

/**
 * How many chunks may wait or run in libuv's pool of threads: all but one of its threads, so that files and names go on
 * being looked up beside any number of trainings. A pool of one thread is shared.
 *
 * @param poolSize - the variable UV_THREADPOOL_SIZE, which libuv takes for 1 when it is no number
 */
export function chunksAtOnce(poolSize: string | undefined): number {
  const threads = poolSize === undefined ? POOL_THREADS : Number.parseInt(poolSize, 10) || 1;
  return Math.max(1, threads - 1);
}
