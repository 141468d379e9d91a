import { statSync } from "node:fs";
import { dirname } from "node:path";
import { root } from "./child.ts";

/** Why a script cannot go on as nobody in particular, whom limits and permissions bind, if it cannot. */
export const noNobody = process.getuid?.() === 0 ? closedTo(root) : undefined;

/** Modules are looked for in the checkout, which a superuser may have in a folder that others cannot enter. */
function closedTo(folder: string): string | undefined {
  if ((statSync(folder).mode & 0o001) === 0) return `is run by a superuser, and others cannot enter ${folder}`;
  return dirname(folder) === folder ? undefined : closedTo(dirname(folder));
}
