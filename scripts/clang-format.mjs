// Checks (--check) or writes (--write) the format of the C++ sources.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const sources = ["native", "native/kernels", "bench/limits"].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => /\.(cc|h)$/.test(name))
    .map((name) => join(folder, name)),
);
const mode = process.argv.includes("--write") ? ["-i"] : ["--dry-run", "--Werror"];
const tool = join(root, "node_modules/clang-format/index.js");
const { status } = spawnSync(process.execPath, [tool, ...mode, ...sources], { cwd: root, stdio: "inherit" });
process.exit(status ?? 1);
