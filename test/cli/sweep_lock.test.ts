import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { ResultsLock } from "../../src/cli/sweep/results_lock.ts";
import { temporaryFolder } from "../support/folder.ts";

const folder = temporaryFolder();
let results = "";
let lock = "";
let number = 0;

beforeEach(() => {
  results = join(folder, `${number++}.jsonl`);
  lock = `${results}.lock`;
});

const here = hostname();
const ended = () => spawnSync(process.execPath, ["-e", ""]).pid;
const age = (path: string, seconds: number) => {
  const time = Date.now() / 1000 - seconds;
  utimesSync(path, time, time);
};

describe("the lock of a results file", () => {
  it("is there until it is released, with the process that has it", () => {
    const held = ResultsLock.take(results);
    expect(JSON.parse(readFileSync(lock, "utf8"))).toEqual({ pid: process.pid, host: here });
    expect(() => ResultsLock.take(results)).toThrow(`is in use by another sweep (process ${process.pid});`);
    held.release();
    expect(existsSync(lock)).toBe(false);
    ResultsLock.take(results).release();
  });

  it("is taken over from a process that has ended, and leaves nothing else behind", () => {
    writeFileSync(lock, JSON.stringify({ pid: ended(), host: here }));
    const held = ResultsLock.take(results);
    expect(JSON.parse(readFileSync(lock, "utf8")).pid).toBe(process.pid);
    held.release();
    expect(readdirSync(folder).filter((name) => name.startsWith(`${number - 1}.`))).toEqual([]);
  });

  it("is taken over from an earlier process that had the id of this one", () => {
    writeFileSync(lock, JSON.stringify({ pid: process.pid, host: here }));
    age(lock, process.uptime() + 100);
    ResultsLock.take(results).release();
  });

  it("is left to another host, whose processes cannot be seen", () => {
    writeFileSync(lock, JSON.stringify({ pid: ended(), host: `not ${here}` }));
    expect(() => ResultsLock.take(results)).toThrow(`on not ${here}); --results names another file.`);
    expect(existsSync(lock)).toBe(true);
  });

  it.each(["", "{", "[]", "null", '{"pid":0,"host":"x"}'])("is not waited for forever where it holds %j", (text) => {
    writeFileSync(lock, text);
    expect(() => ResultsLock.take(results)).toThrow(`in use by another sweep; --results names another file. Where no`);
    age(lock, 61);
    ResultsLock.take(results).release();
  });

  it("is taken over by one process at a time", () => {
    writeFileSync(lock, JSON.stringify({ pid: ended(), host: here }));
    const guard = `${lock}.takeover`;
    writeFileSync(guard, JSON.stringify({ pid: process.ppid, host: here }));
    expect(() => ResultsLock.take(results)).toThrow("is in use");
    expect(existsSync(guard)).toBe(true);
    writeFileSync(guard, JSON.stringify({ pid: ended(), host: here }));
    expect(() => ResultsLock.take(results)).toThrow("is in use");
    ResultsLock.take(results).release();
  });

  it("stays where somebody else has it by now", () => {
    const held = ResultsLock.take(results);
    const other = JSON.stringify({ pid: 1, host: here });
    writeFileSync(lock, other);
    held.release();
    expect(readFileSync(lock, "utf8")).toBe(other);
  });

  it.skipIf(process.platform === "win32")("is the same by another name (skipped where links need a privilege)", () => {
    writeFileSync(results, "");
    symlinkSync(results, `${results}.link`);
    const held = ResultsLock.take(`${results}.link`);
    expect(existsSync(lock)).toBe(true);
    held.release();
  });
});
