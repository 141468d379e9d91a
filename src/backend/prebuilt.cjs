// The prebuilt binaries by literal path, so that bundlers find them; inside `try`, as they put up with a file that is not
// there only so. What `require` throws is for the loader.
// biome-ignore-all lint/complexity/noUselessCatch: said above
/** @type {Record<string, () => unknown>} */
const binaries = {
  "linux-x64": () => {
    try {
      return require("../../prebuilds/linux-x64/downhill.node");
    } catch (error) {
      throw error;
    }
  },
  "linux-arm64": () => {
    try {
      return require("../../prebuilds/linux-arm64/downhill.node");
    } catch (error) {
      throw error;
    }
  },
  "linuxmusl-x64": () => {
    try {
      return require("../../prebuilds/linuxmusl-x64/downhill.node");
    } catch (error) {
      throw error;
    }
  },
  "linuxmusl-arm64": () => {
    try {
      return require("../../prebuilds/linuxmusl-arm64/downhill.node");
    } catch (error) {
      throw error;
    }
  },
  "darwin-x64": () => {
    try {
      return require("../../prebuilds/darwin-x64/downhill.node");
    } catch (error) {
      throw error;
    }
  },
  "darwin-arm64": () => {
    try {
      return require("../../prebuilds/darwin-arm64/downhill.node");
    } catch (error) {
      throw error;
    }
  },
  "win32-x64": () => {
    try {
      return require("../../prebuilds/win32-x64/downhill.node");
    } catch (error) {
      throw error;
    }
  },
  "win32-arm64": () => {
    try {
      return require("../../prebuilds/win32-arm64/downhill.node");
    } catch (error) {
      throw error;
    }
  },
};

module.exports = binaries;
