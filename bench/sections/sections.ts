import { LimitGauges } from "../limits/gauges.ts";
import type { Results } from "../report/results.ts";
import type { Field } from "../workloads/contenders.ts";
import type { Conduct } from "../workloads/measure_workload.ts";
import type { RunEffort, Section } from "../workloads/settings.ts";
import { measureGrowth } from "./growth.ts";
import { measureImports } from "./import_time.ts";
import { measureInstalls } from "./install_size.ts";
import { measureMemory } from "./memory.ts";
import { installedPackages } from "./packages.ts";
import { measureThreads } from "./threads.ts";

/** What the sections are measured with. */
export interface SectionContext {
  readonly field: Field;
  readonly effort: RunEffort;
  readonly quick: boolean;
  /** How to carry out measurements of a section that is shown by this title. */
  readonly conductOf: (title: string) => Conduct;
}

/** The sections that were asked for. */
export async function measureSections(
  sections: readonly Section[],
  { field, effort, quick, conductOf }: SectionContext,
): Promise<Pick<Results, Section>> {
  const { cores, hasNative } = field;
  const packages = installedPackages(field.peers);
  // The limits are sampled with the workloads; here they would only take time.
  const withoutGauges = (title: string): Conduct => ({ ...conductOf(title), gauges: LimitGauges.none });
  const wants = (section: Section) => sections.includes(section);
  return {
    ...(wants("growth") && { growth: await measureGrowth(withoutGauges("growth"), { cores, hasNative, quick }) }),
    ...(wants("threads") && hasNative && { threads: await measureThreads(withoutGauges("threads"), cores) }),
    ...(wants("memory") && { memory: await measureMemory(conductOf("memory"), field) }),
    ...(wants("import") && { import: measureImports(packages, effort.imports, conductOf("import").onStep) }),
    ...(wants("install") && { install: measureInstalls(packages, conductOf("install").onStep) }),
  };
}
