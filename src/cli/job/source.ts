import { stat } from "node:fs/promises";

/** What a command line names as data: the word digits, a folder of IDX files, or a CSV file. */
export async function sourceOf(
  source: string,
): Promise<"digits" | { readonly idx: string } | { readonly csv: string }> {
  if (source === "digits") return source;
  const isFolder = await stat(source).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return isFolder ? { idx: source } : { csv: source };
}
