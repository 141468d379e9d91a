import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openText, readChecked } from "../../src/files_node.ts";
import { Dataset } from "../../src/index.ts";
import { runScript } from "../support/child.ts";
import { expectRejected } from "../support/errors.ts";
import { temporaryFolder } from "../support/folder.ts";
import { noNobody } from "../support/nobody.ts";

const folder = temporaryFolder();

/** What is in the way. Permissions do not bind a superuser, so the script becomes nobody in particular first. */
function makeObstacles(): void {
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, "good.csv"), "a,y\n1,2\n3,4\n");
  writeFileSync(join(folder, "denied"), "a,y\n1,2\n", { mode: 0o000 });
  mkdirSync(join(folder, "readonly"));
  chmodSync(join(folder, "readonly"), 0o555);
  mkdirSync(join(folder, "folder"));
  execFileSync("mkfifo", [join(folder, "pipe")]);
  chmodSync(join(folder, "pipe"), 0o666);
}

const SCRIPT = `
  import { readdirSync } from "node:fs";
  const { Dataset, Network } = downhill;
  const folder = ${JSON.stringify(folder)};
  const data = await Dataset.csv(folder + "/good.csv", { target: "y" });
  const network = new Network([1, 4, 1], { seed: 1 });
  if (process.getuid() === 0) {
    process.setgroups([]);
    process.setgid(65534);
    process.setuid(65534);
  }
  const ways = {
    checkpoint: (path) => network.fit(data, { epochs: 1, checkpoint: { path } }),
    resumeFrom: (path) => network.fit(data, { epochs: 1, resumeFrom: path }),
    idx: (path) => Dataset.idx(path, path),
    csv: (path) => Dataset.csv(path, { target: "y" }),
  };
  const state = () => JSON.stringify([network, readdirSync(folder), readdirSync(folder + "/readonly")]);
  const before = state();
  const found = {};
  for (const [name, way] of Object.entries(ways)) {
    for (const path of ["denied", "readonly/new", "folder", "pipe", "good.csv/under", "/dev/full"]) {
      const { code, message } = await way(path.startsWith("/") ? path : folder + "/" + path).catch((error) => error);
      found[name + " " + path] = [code, message?.replaceAll(folder + "/", "").replace(/[.][0-9]+-[0-9a-f]+[.]tmp/, "*")];
    }
  }
  console.log(JSON.stringify({ ...found, isSame: state() === before }));`;

/** Each way onto each path, with the error's code and message. */
function refusals(): Record<string, readonly [code: string, message: string]> {
  const found: Record<string, readonly [string, string]> = {};
  const add = (way: string, code: string, action: "read" | "written") => {
    const refuse = (path: string, reason: string) => {
      found[`${way} ${path}`] = [code, `${path} cannot be ${action}: ${reason}`];
    };
    // What is written lies under another name until it is complete.
    const mark = action === "written" ? "*" : "";
    refuse("denied", `EACCES: permission denied, open 'denied${mark}'`);
    if (action === "written") refuse("readonly/new", `EACCES: permission denied, open 'readonly/new${mark}'`);
    else refuse("readonly/new", "ENOENT: no such file or directory, stat 'readonly/new'");
    for (const path of ["folder", "pipe", "/dev/full"]) refuse(path, "it is not a regular file");
    refuse("good.csv/under", "ENOTDIR: not a directory, stat 'good.csv/under'");
  };
  add("checkpoint", "ERR_CHECKPOINT", "written");
  add("resumeFrom", "ERR_CHECKPOINT", "read");
  add("idx", "ERR_DATA", "read");
  add("csv", "ERR_DATA", "read");
  return found;
}

describe("what cannot be read or written", () => {
  it("is refused with path and reason, and nothing is changed or waited for", async ({ skip }) => {
    if (process.platform !== "linux") return skip("the reasons are those of Linux");
    if (noNobody) return skip(noNobody);
    makeObstacles();
    const { stdout, stderr, code, signal } = await runScript(SCRIPT);
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: "" });
    expect(JSON.parse(stdout)).toEqual({ ...refusals(), isSame: true });
  });
});

describe("a file that shrinks while it is read", () => {
  const LINE = "1,2,3\n";

  /** Of some pieces. */
  function longFile(name: string): string {
    const path = join(folder, name);
    writeFileSync(path, `a,b,y\n${LINE.repeat(100_000)}`);
    return path;
  }

  it("is no shorter table", async () => {
    const path = longFile("shrinking.csv");
    const cutBehindFirst = async function* (pieces: AsyncIterable<string>) {
      for await (const piece of pieces) {
        yield piece;
        truncateSync(path, 50 * LINE.length);
      }
    };
    const readAll = async () => {
      for await (const _ of openText(path, cutBehindFirst));
    };
    await expectRejected(readAll(), "ERR_DATA", `${path} cannot be read: it ends at byte `, " of 600006");
    expect((await Dataset.csv(path, { target: "y" })).size).toBe(49);
  });

  it("is no checkpoint", async () => {
    const path = longFile("shrinking");
    const cut = () => truncateSync(path, 1000);
    await expect(readChecked(path, 24, cut)).rejects.toThrow("it ends at byte 1000 of 600006");
  });
});
