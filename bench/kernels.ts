import { type Arithmetic, type DType, type Kernels, kernels } from "downhill";
import { KERNEL_LIST, type KernelEntry } from "../src/backend/kernel_list.ts";
import { COMMON_OPTIONS, oneOf, parseOptions } from "./command.ts";
import { bytesMoved, callOf, createCase, type KernelCase, operationCount, type Size, sizesOf } from "./kernel_cases.ts";
import { describeMachine, headerLines } from "./machine.ts";
import { type Effort, measureInterleaved } from "./measure.ts";
import { ProgressLine } from "./progress.ts";
import { referenceOf, resultOf, worstError } from "./reference.ts";
import { type Column, significant, tableLines } from "./table.ts";

const FULL: Effort = { warmUp: 0.03, sample: 0.002, samples: 15 };
const QUICK: Effort = { warmUp: 0.006, sample: 0.001, samples: 9 };

const LEGEND =
  "fast and repr.: native; TS: TypeScript; medians of interleaved samples; errors in machine epsilons of Σ|terms| or result";

/** One way to compute a kernel. */
interface Variant {
  readonly name: "fast" | "reproducible" | "typescript";
  /** Its name in the table. */
  readonly title: string;
  readonly kernels: Kernels;
  readonly arithmetic: Arithmetic;
}

/** What was found about one variant. */
interface Finding {
  readonly variant: Variant["name"];
  /** Of one call, the median. */
  readonly seconds: number;
  /** 10⁹ bytes a second, by `bytesMoved`. */
  readonly gigabytesPerSecond: number;
  /** By `operationCount`. */
  readonly gigaflops: number;
  /** In units of the machine epsilon, by `worstError`. */
  readonly error: number;
}

interface CaseReport {
  readonly kernel: string;
  readonly shape: string;
  readonly dtype: DType;
  readonly findings: readonly Finding[];
  /** Time of TypeScript over that of native fast; undefined without a native backend. */
  readonly ratio: number | undefined;
}

/** `npm run bench -- kernels`: time and error of every kernel on every backend. */
export async function run(argv: readonly string[]): Promise<void> {
  const values = parseOptions(argv, { ...COMMON_OPTIONS, kernel: { type: "string", multiple: true } });
  const entries = chooseKernels(values.kernel);
  const dtypes = values.dtype === undefined ? DTYPES : [oneOf("--dtype", values.dtype, DTYPES)];
  const variants = availableVariants();

  const machine = describeMachine();
  const reports = measureCases(casesOf(entries, dtypes), variants, values.quick ? QUICK : FULL);
  if (values.json) {
    console.log(JSON.stringify({ machine, cases: reports }, undefined, 2));
    return;
  }
  const lines = tableLines(columnsOf(variants), reports.map(rowOf));
  console.log([...headerLines(machine), LEGEND, "", ...lines].join("\n"));
}

const DTYPES: readonly DType[] = ["float32", "float64"];

function chooseKernels(names: readonly string[] | undefined): readonly KernelEntry[] {
  if (names === undefined) return KERNEL_LIST;
  const known = KERNEL_LIST.map(({ name }) => name);
  const chosen = names.map((name) => oneOf("--kernel", name, known));
  return KERNEL_LIST.filter(({ name }) => chosen.includes(name));
}

function availableVariants(): Variant[] {
  const { native, typescript } = kernels;
  const plain: Variant = { name: "typescript", title: "TS", kernels: typescript, arithmetic: "reproducible" };
  if (!native) return [plain];
  return [
    { name: "fast", title: "fast", kernels: native, arithmetic: "fast" },
    { name: "reproducible", title: "repr.", kernels: native, arithmetic: "reproducible" },
    plain,
  ];
}

interface Candidate {
  readonly entry: KernelEntry;
  readonly dtype: DType;
  readonly size: Size;
}

function casesOf(entries: readonly KernelEntry[], dtypes: readonly DType[]): Candidate[] {
  return entries.flatMap((entry) =>
    dtypes.flatMap((dtype) => sizesOf(entry).map((size): Candidate => ({ entry, dtype, size }))),
  );
}

function measureCases(candidates: readonly Candidate[], variants: readonly Variant[], effort: Effort): CaseReport[] {
  const progress = new ProgressLine();
  const reports = candidates.map(({ entry, dtype, size }, i) => {
    const kernelCase = createCase(entry, dtype, size);
    progress.show(`${i + 1}/${candidates.length}  ${entry.name} ${kernelCase.shape} ${dtype}`);
    return measureCase(kernelCase, variants, effort);
  });
  progress.clear();
  return reports;
}

/** All variants work on the same arrays, so that none has them better placed in memory than another. */
function measureCase(kernelCase: KernelCase, variants: readonly Variant[], effort: Effort): CaseReport {
  const reference = referenceOf(kernelCase, kernels.typescript);
  const errors = variants.map(({ kernels, arithmetic }) =>
    worstError(resultOf(kernels, kernelCase, arithmetic), reference, kernelCase.dtype),
  );
  const times = measureInterleaved(
    variants.map(({ kernels, arithmetic }) => callOf(kernels, kernelCase, arithmetic)),
    effort,
  );
  const findings = variants.map(({ name }, v) => ({
    variant: name,
    seconds: times[v],
    gigabytesPerSecond: bytesMoved(kernelCase) / times[v] / 1e9,
    gigaflops: operationCount(kernelCase) / times[v] / 1e9,
    error: errors[v],
  }));
  const { entry, shape, dtype } = kernelCase;
  const ratio = variants.length > 1 ? times[variants.length - 1] / times[0] : undefined;
  return { kernel: entry.name, shape, dtype, findings, ratio };
}

function columnsOf(variants: readonly Variant[]): Column[] {
  const ofGroup = (group: string): Column[] => variants.map(({ title }) => ({ title, group }));
  const hasRatio = variants.length > 1;
  return [
    { title: "kernel", align: "left" },
    { title: "shape" },
    { title: "dtype", align: "left" },
    ...ofGroup("µs a call"),
    ...(hasRatio ? [{ title: "TS/fast" }] : []),
    ...ofGroup("GB/s"),
    ...ofGroup("GFLOP/s"),
    ...ofGroup("error"),
  ];
}

function rowOf({ kernel, shape, dtype, findings, ratio }: CaseReport): string[] {
  return [
    kernel,
    shape,
    dtype,
    ...findings.map(({ seconds }) => significant(seconds * 1e6)),
    ...(ratio === undefined ? [] : [significant(ratio)]),
    ...findings.map(({ gigabytesPerSecond }) => significant(gigabytesPerSecond)),
    ...findings.map(({ gigaflops }) => significant(gigaflops)),
    ...findings.map(({ error }) => error.toFixed(2)),
  ];
}
