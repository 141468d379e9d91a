import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

/** Where a browser is: where CHROMIUM_PATH says, or on the PATH under a usual name. Undefined where there is none. */
export function findChromium({ CHROMIUM_PATH, PATH = "" } = process.env) {
  if (CHROMIUM_PATH) return CHROMIUM_PATH;
  const suffixes = process.platform === "win32" ? [".exe"] : [""];
  const folders = PATH.split(delimiter).filter((folder) => folder !== "");
  const candidates = folders.flatMap((folder) =>
    NAMES.flatMap((name) => suffixes.map((suffix) => join(folder, name + suffix))),
  );
  return candidates.find(isExecutable);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
