import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { type Outcome, root, runCommand, runScript, scriptCommand } from "../support/child.ts";
import { temporaryFolder } from "../support/folder.ts";
import { limiting, noLimits } from "../support/prlimit.ts";

const folder = temporaryFolder();

/** Of a checkpoint, 12 MB: one fits, two do not. */
const DISK_BYTES = 20_000_000;
/** The same for a single file. */
const FILE_BYTES = 5_000_000;

/** How a process may have mounts that end with it: as root, or as somebody who may seem so to the process. */
const unshare = [["--mount"], ["--map-root-user", "--mount"]].find(
  (options) => spawnSync("unshare", [...options, "mount", "-t", "tmpfs", "none", folder]).status === 0,
);

const importOf = (file: string) => JSON.stringify(pathToFileURL(join(root, "test/support", file)).href);

/**
 * A training whose second checkpoint cannot be written, and what is there then.
 *
 * @param disk - the folder of the checkpoint
 * @param whenSaved - run when the first one is there
 * @param afterwards - run when the training has failed
 */
function failingTraining(disk: string, whenSaved = "", afterwards = ""): string {
  return `
    import { execFileSync } from "node:child_process";
    import { readdirSync, readFileSync } from "node:fs";
    const { checkpointedTraining } = await import(${importOf("checkpointed_training.ts")});
    const { allWeights } = await import(${importOf("networks.ts")});
    const disk = ${JSON.stringify(disk)};
    const path = disk + "/checkpoint";
    const { network, data, options } = checkpointedTraining(path);
    let saved;
    const onEpoch = () => {
      saved = readFileSync(path);
      ${whenSaved}
    };
    const { name, code, message } = await network.fit(data, { ...options, epochs: 4, onEpoch }).catch((error) => error);
    ${afterwards}
    const bytesOf = (trained) => Buffer.concat(allWeights(trained).map(({ buffer }) => new Uint8Array(buffer)));
    const { network: whole, options: unsaved } = checkpointedTraining();
    const wanted = [];
    await whole.fit(data, { ...unsaved, epochs: 4, onEpoch: () => wanted.push(bytesOf(whole)) });
    const epochReached = () => 1 + wanted.findIndex((weights) => weights.equals(bytesOf(network)));
    const found = {
      error: { name, code, message },
      files: readdirSync(disk),
      isIntact: readFileSync(path).equals(saved),
      publishedEpoch: epochReached(),
    };
    await network.fit(data, { ...unsaved, epochs: 4, resumeFrom: path });
    console.log(JSON.stringify({ ...found, resumedToEpoch: epochReached() }));`;
}

function expectLastCheckpointKept({ stdout, stderr, code }: Outcome, path: string, reason: string): void {
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(JSON.parse(stdout)).toEqual({
    error: { name: "DownhillError", code: "ERR_CHECKPOINT", message: `${path} cannot be written: ${reason}` },
    files: ["checkpoint"],
    isIntact: true,
    publishedEpoch: 2,
    resumedToEpoch: 4,
  });
}

describe("a checkpoint that cannot be written to its end", () => {
  it("for want of room on the disk leaves the one before, no other file, and the network's last epoch", async ({
    skip,
  }) => {
    if (!unshare) return skip("needs a small disk of its own: Linux, and the right to mount");
    const disk = join(folder, "disk");
    mkdirSync(disk);
    const mount = `mount -t tmpfs -o size=${DISK_BYTES} none "$0" && exec "$@"`;
    const command = scriptCommand(failingTraining(disk));
    const outcome = await runCommand(["unshare", ...unshare, "sh", "-c", mount, disk, ...command]);
    expectLastCheckpointKept(outcome, join(disk, "checkpoint"), "ENOSPC: no space left on device, write");
  });

  it("for a limit on the size of files leaves the same", async ({ skip }) => {
    if (noLimits) return skip(noLimits);
    const disk = join(folder, "limited");
    mkdirSync(disk);
    const limit = limiting("fsize", `${FILE_BYTES}`);
    const outcome = await runScript(failingTraining(disk, limit, limiting("fsize", '"unlimited"')));
    expectLastCheckpointKept(outcome, join(disk, "checkpoint"), "EFBIG: file too large, write");
  });
});
