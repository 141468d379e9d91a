import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { createServer } from "node:net";
import { basename, join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { replaceFile } from "../../src/replace_file.ts";
import { mistyped, rejectionOf } from "../support/errors.ts";
import { temporaryFolder } from "../support/folder.ts";

const folders = temporaryFolder();
let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(folders, "test-"));
  path = join(folder, "file");
});

const content = (text: string) => [Buffer.from(text)];
const modeOf = async (file: string) => (await stat(file)).mode & 0o777;
const hasPermissions = process.platform !== "win32";

describe("replaceFile", () => {
  it("writes all parts, in order, longer and shorter ones than before", async () => {
    const long = Buffer.alloc(1_500_000, "0123456789");
    await replaceFile(path, [Buffer.from("a"), new Uint8Array(), long, Buffer.from("b")]);
    expect((await readFile(path)).equals(Buffer.from(`a${long}b`))).toBe(true);
    await replaceFile(path, content("short"));
    expect(await readFile(path, "utf8")).toBe("short");
    await replaceFile(path, []);
    expect(await readFile(path, "utf8")).toBe("");
    expect(await readdir(folder)).toEqual(["file"]);
  });

  it("leaves the old content and nothing else behind when it fails", async () => {
    await writeFile(path, "old");
    const parts = [Buffer.from("new"), mistyped<Uint8Array>(null)];
    expect(await rejectionOf(replaceFile(path, parts))).toBeInstanceOf(TypeError);
    expect(await readFile(path, "utf8")).toBe("old");
    expect(await readdir(folder)).toEqual(["file"]);
    expect(await rejectionOf(replaceFile(join(folder, "none", "file"), []))).toMatchObject({ code: "ENOENT" });
    expect(await rejectionOf(replaceFile(join(path, "file"), []))).toMatchObject({ code: "ENOTDIR" });
  });

  it("lets several write at once: one of them is the last", async () => {
    const texts = Array.from({ length: 8 }, (_, i) => `${i}`.repeat(100_000 + i));
    await Promise.all(texts.map((text) => replaceFile(path, content(text))));
    expect(texts).toContain(await readFile(path, "utf8"));
    expect(await readdir(folder)).toEqual(["file"]);
  });

  it("replaces regular files only", async () => {
    await mkdir(path);
    const server = createServer().listen(join(folder, "socket"));
    await once(server, "listening");
    for (const other of [path, join(folder, "socket")]) {
      expect(await rejectionOf(replaceFile(other, []))).toMatchObject({ message: "it is not a regular file" });
    }
    expect((await stat(path)).isDirectory()).toBe(true);
    expect((await stat(join(folder, "socket"))).isSocket()).toBe(true);
    server.close();
    await once(server, "close");
  });

  it.runIf(hasPermissions)("follows symbolic links, also where nothing is yet", async () => {
    await mkdir(join(folder, "disk"));
    const link = join("..", basename(folder), "disk", "target");
    await symlink(link, path);
    await symlink(folder, join(folder, "disk", "back"));
    for (const text of ["new", "again"]) {
      await replaceFile(join(folder, "disk", "back", "file"), content(text));
      expect(await readFile(join(folder, "disk", "target"), "utf8")).toBe(text);
    }
    expect(await readlink(path)).toBe(link);
    expect((await readdir(join(folder, "disk"))).sort()).toEqual(["back", "target"]);
    await symlink("loop", join(folder, "loop"));
    expect(await rejectionOf(replaceFile(join(folder, "loop"), []))).toMatchObject({ code: "ELOOP" });
    expect((await lstat(join(folder, "loop"))).isSymbolicLink()).toBe(true);
  });

  it.runIf(hasPermissions)("keeps a file's permissions, and gives a new one those of the umask", async () => {
    await replaceFile(path, content("new"));
    expect(await modeOf(path)).toBe(0o644 & ~process.umask());
    for (const mode of [0o600, 0o664, 0o666]) {
      await chmod(path, mode);
      await replaceFile(path, content("private"));
      expect(await modeOf(path)).toBe(mode);
    }
  });

  describe("removes what was left of the same file, and nothing else,", () => {
    const platform = Object.getOwnPropertyDescriptor(process, "platform") as PropertyDescriptor;
    const running = process.ppid;
    let gone: number;

    beforeAll(async () => {
      const child = spawn(process.execPath, ["--eval", ""]);
      await once(child, "exit");
      gone = child.pid as number;
    });
    afterEach(() => {
      Object.defineProperty(process, "platform", platform);
    });

    async function leave(name: string, hoursOld: number): Promise<string> {
      const then = Date.now() / 1000 - hoursOld * 3600;
      await writeFile(join(folder, name), "");
      await utimes(join(folder, name), then, then);
      return name;
    }

    async function expectKept(...kept: readonly string[]): Promise<void> {
      await replaceFile(path, content("new"));
      expect((await readdir(folder)).sort()).toEqual(["file", ...kept].sort());
    }

    it("whatever the system is: by the id of a process that has ended", async () => {
      await leave(`file.${gone}-0123456789ab.tmp`, 0);
      await expectKept(
        await leave(`file.${gone}.tmp`, 2),
        await leave(`file.${gone}-0123456789ab.tmp.gz`, 2),
        await leave(`file2.${gone}-0123456789ab.tmp`, 2),
        await leave(`.${gone}-0123456789ab.tmp`, 2),
      );
    });

    it("where the system does not tell what is open: by age", async () => {
      Object.defineProperty(process, "platform", { ...platform, value: "another" });
      await leave(`file.${running}-0123456789ab.tmp`, 1.1);
      // As left by a process that had our id before us.
      await leave(`file.${process.pid}-0123456789ab.tmp`, (process.uptime() + 60) / 3600);
      await expectKept(
        await leave(`file.${running}-ba9876543210.tmp`, 0.9),
        await leave(`file.${process.pid}-ba9876543210.tmp`, 0),
      );
    });

    it.runIf(process.platform === "linux")("on Linux: unless it is open", async () => {
      const own = await leave(`file.${process.pid}-0123456789ab.tmp`, 0);
      const file = await open(join(folder, own));
      const holder = spawn("sleep", ["100"], { stdio: [file.fd, "ignore", "ignore"] });
      try {
        await once(holder, "spawn");
        const theirs = await leave(`file.${holder.pid}-0123456789ab.tmp`, 0);
        await leave(`file.${process.pid}-ba9876543210.tmp`, 0);
        await expectKept(own);
        // As if the other process, whose standard input it is, had made it.
        await rename(join(folder, own), join(folder, theirs));
        await file.close();
        await expectKept(theirs);
      } finally {
        holder.kill();
      }
    });
  });
});
