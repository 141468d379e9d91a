import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DownloadOptions, downloadFiles } from "../../examples/digits/download.ts";
import { type DataFile, fileVariants, findMnist, MNIST_FILES } from "../../examples/digits/mnist.ts";
import { commandRejectionOf } from "../support/command_errors.ts";
import { temporaryFolder } from "../support/folder.ts";

const folders = temporaryFolder();
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(folders, "test-"));
});

describe("findMnist", () => {
  const names = Object.values(MNIST_FILES).map(({ name }) => name);
  const put = (...present: string[]) => Promise.all(present.map((name) => writeFile(join(folder, name), "")));

  it("finds plain, packed and dotted names", async () => {
    await put(
      "train-images-idx3-ubyte",
      "train-labels-idx1-ubyte.gz",
      "t10k-images.idx3-ubyte",
      "t10k-labels.idx1-ubyte.gz",
    );
    expect(await findMnist(folder)).toEqual({
      trainImages: join(folder, "train-images-idx3-ubyte"),
      trainLabels: join(folder, "train-labels-idx1-ubyte.gz"),
      testImages: join(folder, "t10k-images.idx3-ubyte"),
      testLabels: join(folder, "t10k-labels.idx1-ubyte.gz"),
    });
  });

  it("looks through a folder that has the name of a file", async () => {
    await mkdir(join(folder, names[0]));
    await put(`${names[0]}.gz`, ...names.slice(1));
    expect((await findMnist(folder)).trainImages).toBe(join(folder, `${names[0]}.gz`));
  });

  it("names the files that are missing", async () => {
    await put(names[0], names[3]);
    const message = await commandRejectionOf(findMnist(folder));
    expect(message).toContain(`${folder} lacks train-labels-idx1-ubyte, t10k-images-idx3-ubyte`);
    expect(message).not.toContain(names[0]);
  });

  it("says when there is no such folder", async () => {
    expect(await commandRejectionOf(findMnist(join(folder, "none")))).toBe(
      `there is no folder ${join(folder, "none")}`,
    );
    await put("file");
    expect(await commandRejectionOf(findMnist(join(folder, "file")))).toContain("there is no folder");
  });

  it("knows four names for a file", () => {
    expect(fileVariants("a-idx3-ubyte")).toEqual([
      "a-idx3-ubyte",
      "a-idx3-ubyte.gz",
      "a.idx3-ubyte",
      "a.idx3-ubyte.gz",
    ]);
  });
});

describe("downloadFiles", () => {
  const contents = ["first-idx3", "second-idx1"].map((name) => ({ name, bytes: Buffer.from(`${name} `.repeat(5000)) }));
  const files: DataFile[] = contents.map(({ name, bytes }) => ({
    name,
    sha256: createHash("sha256").update(bytes).digest("hex"),
  }));
  const servers: Server[] = [];

  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  async function serve(listener: RequestListener): Promise<{ mirror: string; requests: string[] }> {
    const requests: string[] = [];
    const server = createServer((request, response) => {
      requests.push(request.url ?? "");
      listener(request, response);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return { mirror: `http://127.0.0.1:${(server.address() as AddressInfo).port}/sets/`, requests };
  }

  /** Where nothing listens: the port of a server that was closed. */
  async function refusing(): Promise<string> {
    const { mirror } = await serve(() => {});
    const server = servers.pop();
    await new Promise((resolve) => server?.close(resolve));
    return mirror;
  }

  const good: RequestListener = (request, response) => {
    const found = contents.find(({ name }) => request.url === `/sets/${name}.gz`);
    if (found) response.end(gzipSync(found.bytes));
    else response.writeHead(404).end();
  };

  const download = (mirrors: string[], options: Partial<DownloadOptions> = {}) =>
    downloadFiles(files, { cache: folder, mirrors, ...options });

  it("fetches what is not there, once", async () => {
    const { mirror, requests } = await serve(good);
    const cache = join(folder, "deep", "cache");
    const fetched: string[] = [];
    const paths = await download([mirror], { cache, onFetch: (address) => fetched.push(address) });
    expect(paths).toEqual([join(cache, "first-idx3.gz"), join(cache, "second-idx1.gz")]);
    expect(await readFile(paths[0])).toEqual(gzipSync(contents[0].bytes));
    expect(requests).toEqual(["/sets/first-idx3.gz", "/sets/second-idx1.gz"]);
    expect(fetched).toEqual([`${mirror}first-idx3.gz`, `${mirror}second-idx1.gz`]);
    expect((await readdir(cache)).sort()).toEqual(["first-idx3.gz", "second-idx1.gz"]);

    expect(await download([mirror], { cache })).toEqual(paths);
    expect(requests).toHaveLength(2);
  });

  it("uses plain files that are there already", async () => {
    for (const { name, bytes } of contents) await writeFile(join(folder, name), bytes);
    const { mirror, requests } = await serve(good);
    expect(await download([mirror])).toEqual(contents.map(({ name }) => join(folder, name)));
    expect(requests).toEqual([]);
  });

  it("fetches again what is damaged", async () => {
    const { mirror, requests } = await serve(good);
    await writeFile(join(folder, "first-idx3"), "something else");
    await writeFile(join(folder, "first-idx3.gz"), gzipSync(contents[0].bytes).subarray(0, 40));
    const paths = await download([mirror]);
    expect(paths[0]).toBe(join(folder, "first-idx3.gz"));
    expect(await download([mirror])).toEqual(paths);
    expect(requests).toHaveLength(2);
  });

  it("keeps a file unpacked when the server unpacks it on the way", async () => {
    const { mirror } = await serve((request, response) => {
      response.setHeader("content-encoding", "gzip");
      good(request, response);
    });
    const paths = await download([mirror]);
    expect(paths).toEqual(contents.map(({ name }) => join(folder, name)));
    expect(await readFile(paths[1])).toEqual(contents[1].bytes);
  });

  it("goes on to the next mirror, and stays with the one that works", async () => {
    const broken = await serve((_request, response) => response.writeHead(503).end());
    const sound = await serve(good);
    await download([await refusing(), broken.mirror, sound.mirror]);
    expect(broken.requests).toHaveLength(1);
    expect(sound.requests).toHaveLength(2);
  });

  it("tells why each mirror failed", async () => {
    const [refused, missing] = [await refusing(), (await serve((_, response) => response.writeHead(404).end())).mirror];
    expect(await commandRejectionOf(download([refused, missing]))).toBe(
      `cannot download first-idx3.gz: ${refused}: connection refused; ${missing}: HTTP 404 Not Found`,
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it.each<[string, RequestListener, RegExp]>([
    [
      "another file",
      (_request, response) => response.end(gzipSync("another file")),
      /the file has SHA-256 [0-9a-f]{64}, expected [0-9a-f]{64}$/,
    ],
    ["an unpacked page", (_request, response) => response.end("<html>"), /the file has SHA-256/],
    ["nothing", (_request, response) => response.end(), /the file has SHA-256/],
    [
      "a truncated file",
      (_request, response) => response.end(gzipSync(contents[0].bytes).subarray(0, 50)),
      /the file is truncated$/,
    ],
    [
      "a damaged file",
      (_request, response) => response.end(gzipSync(contents[0].bytes).fill(0x55, 20, 60)),
      /the file is damaged$/,
    ],
    [
      "a part of a file",
      (_request, response) => {
        response.setHeader("content-length", "1000");
        response.write(gzipSync(contents[0].bytes).subarray(0, 50), () => response.destroy());
      },
      /connection lost$/,
    ],
  ])("rejects %s and leaves nothing behind", async (_name, listener, reason) => {
    const { mirror } = await serve(listener);
    const message = await commandRejectionOf(download([mirror]));
    expect(message).toContain(`cannot download first-idx3.gz: ${mirror}: `);
    expect(message).toMatch(reason);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    ["before the answer", (): void => {}],
    [
      "in the middle of a file",
      (_request: unknown, response: { write(chunk: Buffer): unknown }): void => {
        response.write(gzipSync(contents[0].bytes).subarray(0, 50));
      },
    ],
  ])("gives up on a mirror that falls silent %s", async (_name, listener) => {
    const { mirror } = await serve(listener);
    expect(await commandRejectionOf(download([mirror], { patience: 200 }))).toContain(
      `${mirror}: no answer within 0.2 s`,
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it("stops when it is told to, without trying other mirrors", async () => {
    const stop = new AbortController();
    const reason = new Error("told to");
    const silent = await serve(() => stop.abort(reason));
    const sound = await serve(good);
    await expect(download([silent.mirror, sound.mirror], { signal: stop.signal })).rejects.toBe(reason);
    expect(sound.requests).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });
});
