/**
 * A command line to be typed again.
 *
 * @param argv - without the names of the program and the script
 */
export function commandLine(argv: readonly string[]): string {
  return ["downhill", ...argv].map(quoted).join(" ");
}

/** The one that goes on with what this one began. */
export function resumingCommandLine(argv: readonly string[]): string {
  return commandLine([...argv.filter((word) => word !== "--resume" && word !== "--restart"), "--resume"]);
}

/** As a POSIX shell reads it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
