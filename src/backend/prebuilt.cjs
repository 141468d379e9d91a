// The prebuilt binaries by literal path, so that bundlers find them. `require` throws where a file is missing.
/** @type {Record<string, () => unknown>} */
const binaries = {
  "linux-x64": () => require("../../prebuilds/linux-x64/downhill.node"),
  "linux-arm64": () => require("../../prebuilds/linux-arm64/downhill.node"),
  "linuxmusl-x64": () => require("../../prebuilds/linuxmusl-x64/downhill.node"),
  "linuxmusl-arm64": () => require("../../prebuilds/linuxmusl-arm64/downhill.node"),
  "darwin-x64": () => require("../../prebuilds/darwin-x64/downhill.node"),
  "darwin-arm64": () => require("../../prebuilds/darwin-arm64/downhill.node"),
  "win32-x64": () => require("../../prebuilds/win32-x64/downhill.node"),
  "win32-arm64": () => require("../../prebuilds/win32-arm64/downhill.node"),
};

module.exports = binaries;
