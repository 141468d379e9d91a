import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generateDigits } from "../../src/digits/generate.ts";
import { findChromium } from "./chromium.mjs";
import { openSite } from "./site.mjs";
import { trainAll } from "./trainings.mjs";

const entry = join(resolve(import.meta.dirname, "../.."), "dist/index.js");
const executablePath = findChromium();
const none = "there is no Chromium: apt-get install chromium, or its path in CHROMIUM_PATH";

const { images: pixels, labels } = generateDigits(600, 7);

/** What the page printed, and errors that nobody caught. */
const printed = [];
let site;
let browser;
let page;
let downhill;

beforeAll(async () => {
  expect(existsSync(entry), "the built package is tested: npm run build").toBe(true);
  downhill = await import(pathToFileURL(entry).href);
  if (!executablePath) return;
  site = await openSite({ pixels, labels });
  browser = await chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 });
  page = await browser.newPage();
  page.on("console", (message) => printed.push(message.text()));
  page.on("pageerror", (error) => printed.push(String(error)));
  await page.goto(site.url);
});

afterAll(async () => {
  await browser?.close();
  site?.close();
});

it("there is a Chromium to test with, where a CI has to have one", ({ skip }) => {
  skip(!executablePath && !process.env.CI, none);
  expect(executablePath, none).toBeDefined();
});

describe.skipIf(!executablePath)("in a browser", () => {
  it("everything runs on TypeScript, and says why", async () => {
    expect(await page.evaluate(() => calls.backendInfo())).toMatchObject({
      backend: "typescript",
      isa: "none",
      version: downhill.backendInfo().version,
      reason: "native code cannot be loaded in this environment",
      attempts: [],
    });
  });

  describe("trainings in a Web Worker", () => {
    let inWorker;
    beforeAll(async () => {
      inWorker = await page.evaluate(() => calls.trainInWorker());
    });

    it("learn", () => {
      expect(inWorker).toMatchObject({ xor: { backend: "typescript" }, recognition: { backend: "typescript" } });
      expect(inWorker.xor.accuracy).toBe(1);
      expect(inWorker.recognition.accuracy).toBeGreaterThan(0.9);
    });

    it.for(["typescript", "native"])(
      "come to the same bits as in Node.js on the %s backend",
      async (backend, { skip }) => {
        skip(backend === "native" && !downhill.kernels.native, "there is no native binary: npm run build:native");
        const here = await trainAll(downhill, { pixels, labels }, { backend });
        expect(here.xor.backend).toBe(backend);
        for (const [name, { digest, accuracy }] of Object.entries(inWorker)) {
          expect(digest, name).toMatch(/^[0-9a-f]{64}$/);
          expect({ digest, accuracy }, name).toEqual({ digest: here[name].digest, accuracy: here[name].accuracy });
        }
      },
    );
  });

  it("a fit in the page itself lets its timers fire", async () => {
    expect(await page.evaluate(() => calls.timersDuringFit(20))).toEqual({ timers: 20, ended: "seen" });
  });

  it("files are refused", async () => {
    const refusal = (path) => ({
      code: "ERR_DATA",
      message: `${path} cannot be read: files can only be read in Node.js`,
    });
    expect(await page.evaluate(() => calls.refusals())).toEqual({ csv: refusal("a.csv"), idx: refusal("images") });
  });

  it("nothing was printed", () => {
    expect(printed).toEqual([]);
  });
});
