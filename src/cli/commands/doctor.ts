import type { Register } from "../commands.ts";

export const registerDoctor: Register = (program, context) => {
  program
    .command("doctor")
    .description("tell what runs here, and whether it runs as it should")
    .option("--no-bench", "leave the benchmark of five seconds out")
    .option("--json", "print JSON instead of tables")
    .addHelpText(
      "after",
      `
It tells which backend is there, what was tried for it and which variables decide, compares native code with TypeScript, and
measures both. The exit code is 1 where something is broken; that only TypeScript is there is no reason.

Examples:
  $ downhill doctor
  $ downhill doctor --no-bench --json
  $ DOWNHILL_ISA=avx2 downhill doctor`,
    )
    .action(async (options: { readonly bench: boolean; readonly json?: boolean }) => {
      const { doctor } = await import("../doctor/doctor.ts");
      await doctor(options, context);
    });
};
