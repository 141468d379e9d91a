/**
 * The command line of a training to be typed again, from its start on.
 *
 * @param argv - without the names of the program and the script
 */
export function commandLine(argv: readonly string[]): string {
  return typed(withoutStart(argv));
}

/** The one that goes on with what this one began. */
export function resumingCommandLine(argv: readonly string[]): string {
  const { options, operands } = withoutStart(argv);
  return typed({ options: [...options, "--resume"], operands });
}

interface Words {
  readonly options: readonly string[];
  /** From `--` on, behind which nothing is an option. */
  readonly operands: readonly string[];
}

/** Without what says where a training starts. */
function withoutStart(argv: readonly string[]): Words {
  const end = argv.includes("--") ? argv.indexOf("--") : argv.length;
  const options = argv.slice(0, end).filter((word) => word !== "--resume" && word !== "--restart");
  return { options, operands: argv.slice(end) };
}

/** With npx, which finds the program also where it is installed in a project. */
function typed({ options, operands }: Words): string {
  return ["npx", "downhill", ...options, ...operands].map(quoted).join(" ");
}

/** As a POSIX shell reads it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
