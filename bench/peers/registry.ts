/** Who is measured beside the package, at what, and how each is started. */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

/** One way in which a peer does the work; the best one is the peer's result. */
export interface PeerVariant {
  readonly id: string;
  readonly how: string;
  readonly threads: number | "all";
  /** What it does of its peer's workloads; default: all of them. */
  readonly workloads?: readonly string[];
}

/** How the process of a peer is started. Threads of libraries are set by variables that they read when they load. */
export interface PeerCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Peer {
  readonly id: string;
  readonly title: string;
  readonly workloads: readonly string[];
  readonly variants: readonly PeerVariant[];
  /** The packages of packages/package.json that it needs; none for those in Python. */
  readonly packages: readonly string[];
  /**
   * @param options.python - the interpreter
   * @param options.variant - the `id` of a variant
   */
  command(options: { readonly python: string; readonly variant: string }): PeerCommand;
}

const ONLINE = ["W1", "W2", "W3"];
const BATCH = ["W4", "W5"];
const PREDICT_ONE = ["W6a", "W6b", "W6c"];
const PREDICT_MANY = ["W7a", "W7b"];
const TRAIN = [...ONLINE, ...BATCH];
const PREDICT = [...PREDICT_ONE, ...PREDICT_MANY];
const ALL = [...TRAIN, ...PREDICT];
/** Enough work a call for more than one thread. */
const WIDE = ["W2", ...BATCH, "W6b", ...PREDICT_MANY];

const within = (workloads: readonly string[], others: readonly string[]) =>
  workloads.filter((workload) => others.includes(workload));

/** A peer in JavaScript: a process that loads TypeScript the way this one does. */
function inNode(file: string, ...words: string[]): PeerCommand {
  const path = fileURLToPath(new URL(file, import.meta.url));
  return { file: process.execPath, args: [...process.execArgv, path, ...words], env: {} };
}

/**
 * A peer in Python. Of two pools of threads, OpenMP's and that of BLAS, one spins while the other works, unless OpenMP
 * is told to sleep.
 */
function inPython(python: string, contender: string, openmpThreads: number, blasThreads: number): PeerCommand {
  const worker = fileURLToPath(new URL("python/worker.py", import.meta.url));
  return {
    file: python,
    args: [worker, contender],
    env: {
      OMP_NUM_THREADS: String(openmpThreads),
      OMP_WAIT_POLICY: "PASSIVE",
      OPENBLAS_NUM_THREADS: String(blasThreads),
      MKL_NUM_THREADS: String(blasThreads),
      VECLIB_MAXIMUM_THREADS: String(blasThreads),
      PYTHONDONTWRITEBYTECODE: "1",
    },
  };
}

function brain(id: string, title: string): Peer {
  return {
    id,
    title,
    workloads: [...ONLINE, ...PREDICT],
    variants: [{ id: "run", how: "trainPattern and run", threads: 1 }],
    packages: [id],
    command: () => inNode("brain.ts", id),
  };
}

/** By the last word of a variant's id: one thread, all of BLAS, or all of BLAS and of OpenMP. */
function pythonThreads(variant: string): { openmp: number; blas: number } {
  const all = availableParallelism();
  if (variant.endsWith("-all")) return { openmp: all, blas: all };
  if (variant.endsWith("-blas")) return { openmp: 1, blas: all };
  return { openmp: 1, blas: 1 };
}

function pythonPeer(id: string, peer: Pick<Peer, "title" | "workloads" | "variants">): Peer {
  return {
    ...peer,
    id,
    packages: [],
    command: ({ python, variant }) => {
      const { openmp, blas } = pythonThreads(variant);
      return inPython(python, id, openmp, blas);
    },
  };
}

/** In the order of the tables. */
export const PEERS: readonly Peer[] = [
  brain("brain.js-1", "brain.js 1.6"),
  brain("brain.js-2", "brain.js 2.0 beta"),
  {
    id: "synaptic",
    title: "synaptic",
    // Of W2 it would write a million lines of code: minutes and gigabytes.
    workloads: ["W1", "W3", "W6a", "W6c"],
    variants: [{ id: "generated", how: "generated code", threads: 1 }],
    packages: ["synaptic"],
    command: () => inNode("synaptic.ts"),
  },
  {
    id: "tensorflow",
    title: "TensorFlow.js",
    workloads: ALL,
    variants: [
      // One batch of W5, or one call of W7b, takes it seconds.
      { id: "cpu", how: "cpu backend", threads: 1, workloads: ALL.filter((name) => name !== "W5" && name !== "W7b") },
      { id: "wasm", how: "wasm backend with SIMD", threads: 1 },
    ],
    packages: ["@tensorflow/tfjs", "@tensorflow/tfjs-backend-wasm"],
    command: ({ variant }) => inNode("tensorflow.ts", variant),
  },
  {
    id: "onnxruntime",
    title: "onnxruntime-node",
    workloads: PREDICT,
    variants: [
      { id: "one", how: "one thread", threads: 1 },
      { id: "all", how: "all threads", threads: "all", workloads: within(PREDICT, WIDE) },
    ],
    packages: ["onnxruntime-node"],
    command: () => inNode("onnxruntime.ts"),
  },
  pythonPeer("numpy", {
    title: "NumPy",
    workloads: ALL,
    variants: [
      { id: "tutorial", how: "float64, np.dot and np.outer", threads: 1, workloads: [...ONLINE, ...PREDICT] },
      { id: "float32", how: "float32 with SciPy's BLAS", threads: 1 },
      {
        id: "float32-blas",
        how: "float32 with SciPy's BLAS",
        threads: "all",
        workloads: within([...BATCH, ...PREDICT], WIDE),
      },
    ],
  }),
  pythonPeer("scikit-learn", {
    title: "scikit-learn",
    workloads: ALL,
    variants: [{ id: "partial_fit", how: "MLPRegressor", threads: 1 }],
  }),
  pythonPeer("pytorch", {
    title: "PyTorch",
    workloads: ALL,
    variants: [
      { id: "autograd", how: "autograd", threads: 1, workloads: TRAIN },
      { id: "hand", how: "backward written by hand", threads: 1, workloads: TRAIN },
      { id: "predict", how: "no_grad", threads: 1, workloads: PREDICT },
      { id: "hand-all", how: "backward written by hand", threads: "all", workloads: within(TRAIN, WIDE) },
      { id: "hand-blas", how: "the same, in BLAS only", threads: "all", workloads: BATCH },
      { id: "predict-all", how: "no_grad", threads: "all", workloads: within(PREDICT, WIDE) },
      { id: "predict-blas", how: "the same, in BLAS only", threads: "all", workloads: within(PREDICT, WIDE) },
    ],
  }),
];

/** What cannot be measured, for a note under the tables. */
export const PEERS_LEFT_OUT =
  "@tensorflow/tfjs-node is left out: installing it needs a download from a host of its own, which is not always there.";
