// Packs the package, and tests the tarball: what is in it, and what it does in empty projects under several package
// managers. `npm run test:package` installs the tools first.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkQuality, checkTypes } from "./checks.mjs";
import { checkCommandLine } from "./command_line.mjs";
import { pathWith } from "./commands.mjs";
import { checkRepair, checkRunning, filesIn } from "./installed.mjs";
import { sharedByPnpm, withNpm, withNpmAndScripts, withPnpm, withYarnClassic, withYarnPnp } from "./managers.mjs";
import { finish, group, step } from "./steps.mjs";
import { checkBinding, checkContents, pack, prepareCheckout } from "./tarball.mjs";

const folder = mkdtempSync(join(tmpdir(), "downhill-package-"));
/** @type {ReturnType<typeof pack> | undefined} */
let tarball;

await group("the tarball", async () => {
  await step("builds what goes into it", prepareCheckout);
  const packed = await step("packs", () => pack(folder));
  tarball = packed;
  await step("holds what it should, and nothing else", () => checkContents(packed));
  await step("brings a script that writes the checkout's binding.gyp", checkBinding);
});

if (tarball) {
  const { path, files } = tarball;
  const place = { folder, tarball: path, path: pathWith(join(folder, "bare path"), {}) };
  await group("its quality", () => checkQuality(path));
  await group("npm", async () => {
    const project = await step("installs, without scripts and without a compiler", () => withNpm(place));
    const digest = await checkRunning(project);
    await checkCommandLine(project.folder);
    await checkTypes(project.folder);
    await checkRepair(project, digest);
  });
  await group("npm, scripts allowed", () =>
    step("runs none of ours when it installs", () => {
      const project = withNpmAndScripts(place);
      const lock = JSON.parse(readFileSync(join(project.folder, "package-lock.json"), "utf8"));
      assert.equal(lock.packages["node_modules/downhill"].hasInstallScript, undefined);
      assert.deepEqual(Object.keys(filesIn(project.packageFolder)), [...files].sort());
    }),
  );
  await group("pnpm", async () => {
    const project = await step("installs, without scripts and without a compiler", () => withPnpm(place));
    const digest = await checkRunning(project);
    const shared = filesIn(sharedByPnpm(place));
    await checkRepair(project, digest);
    await step("leaves the files that projects share as they were", () => {
      assert.deepEqual(filesIn(sharedByPnpm(place)), shared);
    });
  });
  await group("yarn classic", async () => {
    await checkRunning(await step("installs", () => withYarnClassic(place)));
  });
  await group("yarn with Plug'n'Play", async () => {
    await checkRunning(await step("installs", () => withYarnPnp(place)));
  });
}

if (finish()) rmSync(folder, { recursive: true });
else console.log(`What was tested lies in ${folder}`);
