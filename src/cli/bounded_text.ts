import { open } from "node:fs/promises";

/** The text of a file; rejects, before anything is read, where it has more bytes than any that is meant to be read. */
export async function readBoundedText(path: string, mostBytes: number): Promise<string> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    if (size > mostBytes) throw new Error(`it has ${size} bytes, expected at most ${mostBytes}`);
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}
