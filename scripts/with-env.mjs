// Runs a command with variables set, on every platform: node scripts/with-env.mjs NAME=value … command arguments
import { spawnSync } from "node:child_process";

const words = process.argv.slice(2);
const env = { ...process.env };
while (/^[A-Z_]+=/.test(words[0] ?? "")) {
  const [name, ...value] = words.shift().split("=");
  env[name] = value.join("=");
}
const { status } = spawnSync(words[0], words.slice(1), { env, stdio: "inherit", shell: process.platform === "win32" });
process.exit(status ?? 1);
