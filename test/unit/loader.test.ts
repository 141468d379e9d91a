import { createRequire } from "node:module";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { KERNEL_LIST } from "../../src/backend/kernel_list.ts";
import { type LoaderEnvironment, loadAddon } from "../../src/backend/loader.ts";
import { layoutOf } from "../../src/layout.ts";
import { ABI } from "../../src/model.ts";

/** The sizes in an encoded model, as native code reads them: `Model.encoded`. */
function sizesIn(encoded: Float64Array): number[] {
  const [, , , layers, inputs] = encoded;
  return [inputs, ...Array.from({ length: layers }, (_, l) => encoded[5 + 4 * l])];
}

/** What a binary of this version exports, as far as the loader looks. */
function compatibleAddon(changes: object = {}) {
  return {
    abi: ABI,
    instructionSets: ["baseline"],
    kernels: Object.fromEntries(KERNEL_LIST.map(({ name }) => [name, () => {}])),
    describeLayout(encoded: Float64Array) {
      const layout = layoutOf(sizesIn(encoded), encoded[1] === 8 ? "float64" : "float32");
      const { parameterValues, workspaceValues, logits, target, sampleValues, layers } = layout;
      const places = layers.flatMap(({ stride, weights, input, output, psi, outputStride }) => [
        stride,
        weights,
        input,
        output,
        psi,
        outputStride,
      ]);
      return [parameterValues, workspaceValues, logits, target, sampleValues, ...places];
    },
    ...changes,
  };
}

/** A machine with these files on it; a function in place of an addon throws when the file is loaded. */
class Machine implements LoaderEnvironment {
  readonly explicitPath: string | undefined;
  readonly developmentPaths: readonly string[];
  readonly platform: string;
  readonly prebuilt: LoaderEnvironment["prebuilt"];
  readonly isCheckout: boolean;
  readonly loaded: string[] = [];
  readonly warnings: { message: string; code: string; detail: string }[] = [];
  readonly #files: Readonly<Record<string, unknown>>;

  constructor(files: Readonly<Record<string, unknown>>, choices: Partial<LoaderEnvironment> = {}) {
    const { explicitPath, developmentPaths = [], platform = "plan9-x64", prebuilt = {}, isCheckout = false } = choices;
    this.#files = files;
    this.explicitPath = explicitPath;
    this.developmentPaths = developmentPaths;
    this.platform = platform;
    this.prebuilt = prebuilt;
    this.isCheckout = isCheckout;
  }

  require(path: string): unknown {
    this.loaded.push(path);
    if (!this.exists(path)) throw new Error(`Cannot find module '${path}'\nRequire stack:\n- here`);
    const file = this.#files[path];
    return typeof file === "function" ? file() : file;
  }

  exists(path: string): boolean {
    return path in this.#files;
  }

  warn(message: string, code: string, detail: string): void {
    this.warnings.push({ message, code, detail });
  }
}

function broken(message: string): () => never {
  return () => {
    throw new Error(message);
  };
}

const first = resolve("/checkout/build/Release/downhill.node");
const second = resolve("/checkout/build/Debug/downhill.node");
const elsewhere = resolve("/elsewhere/downhill.node");
const developmentPaths = [first, second];

describe("the loader", () => {
  it("loads the first binary of a development checkout that there is", () => {
    const addon = compatibleAddon();
    const machine = new Machine({ [second]: addon }, { developmentPaths });
    expect(loadAddon(machine)).toEqual({
      addon,
      path: second,
      attempts: [{ path: first, error: "there is no such file" }],
    });
    expect(machine.loaded).toEqual([second]);
    const both = new Machine({ [first]: addon, [second]: compatibleAddon() }, { developmentPaths });
    expect(loadAddon(both)).toEqual({ addon, path: first, attempts: [] });
    expect(both.loaded).toEqual([first]);
  });

  it("takes the next one when one cannot be loaded, and keeps the first line of the reason", () => {
    const files = { [first]: broken("invalid ELF header\nand a trace"), [second]: compatibleAddon() };
    const { path, attempts } = loadAddon(new Machine(files, { developmentPaths }));
    expect(path).toBe(second);
    expect(attempts).toEqual([{ path: first, error: "invalid ELF header" }]);
  });

  it("looks at a given path first, and at the other places after it", () => {
    const addon = compatibleAddon();
    const machine = new Machine(
      { [first]: compatibleAddon(), [elsewhere]: addon },
      { explicitPath: elsewhere, developmentPaths },
    );
    expect(loadAddon(machine)).toEqual({ addon, path: elsewhere, attempts: [] });
    expect(machine.loaded).toEqual([elsewhere]);

    for (const [files, error] of [
      [{ [first]: addon }, "there is no such file"],
      [{ [first]: addon, [elsewhere]: broken("wrong ELF class") }, "wrong ELF class"],
    ] as const) {
      const without = new Machine(files, { explicitPath: elsewhere, developmentPaths });
      expect(loadAddon(without)).toEqual({ addon, path: first, attempts: [{ path: elsewhere, error }] });
      expect(without.warnings).toEqual([]);
    }
  });

  it("reads a given path from the working directory", () => {
    const path = resolve("some/downhill.node");
    const machine = new Machine({ [path]: compatibleAddon() }, { explicitPath: "some/downhill.node" });
    expect(loadAddon(machine).path).toBe(path);
  });

  it("takes what a binary throws for a reason, even when it is no error", () => {
    const throwing = () => {
      throw "out of luck";
    };
    const { attempts } = loadAddon(new Machine({ [elsewhere]: throwing }, { explicitPath: elsewhere }));
    expect(attempts[0]).toEqual({ path: elsewhere, error: "out of luck" });
  });
});

describe("a binary of another version", () => {
  const errorOf = (file: unknown) => {
    const { addon, attempts } = loadAddon(new Machine({ [elsewhere]: file }, { explicitPath: elsewhere }));
    expect(addon).toBeUndefined();
    expect(attempts[0].path).toBe(elsewhere);
    return attempts[0].error;
  };

  it("has another ABI number, or none", () => {
    expect(errorOf(compatibleAddon({ abi: ABI + 1 }))).toBe(
      `its ABI number is ${ABI + 1}, this version of the package needs ${ABI}`,
    );
    for (const other of [{}, undefined, null, 5, { abi: String(ABI) }]) {
      expect(errorOf(other)).toContain("its ABI number is");
    }
  });

  it("lacks a kernel", () => {
    for (const { name } of KERNEL_LIST) {
      const { [name]: _, ...others } = compatibleAddon().kernels;
      expect(errorOf(compatibleAddon({ kernels: others }))).toBe(`it has no kernel ${name}`);
    }
    expect(errorOf(compatibleAddon({ kernels: undefined }))).toBe(`it has no kernel ${KERNEL_LIST[0].name}`);
  });

  it("lays networks out in another way", () => {
    const { describeLayout } = compatibleAddon();
    const message = (dtype: string) => `it lays out ${dtype} networks in another way than this version of the package`;
    const places = describeLayout(Float64Array.of(ABI, 4, 0, 1, 1, 7, 0, 1, 1)).length;
    expect(places).toBe(5 + 6);
    const changed = (element: number, change: (numbers: number[]) => number[]) =>
      compatibleAddon({
        describeLayout: (encoded: Float64Array) =>
          encoded[1] === element ? change(describeLayout(encoded)) : describeLayout(encoded),
      });
    expect(errorOf(changed(4, (numbers) => numbers.with(0, numbers[0] + 16)))).toBe(message("float32"));
    expect(errorOf(changed(8, (numbers) => numbers.with(-1, numbers[numbers.length - 1] + 8)))).toBe(
      message("float64"),
    );
    expect(errorOf(changed(8, (numbers) => [...numbers, 0]))).toBe(message("float64"));
    expect(errorOf(changed(4, (numbers) => numbers.slice(1)))).toBe(message("float32"));
  });
});

describe("a prebuilt binary", () => {
  it.each(["linux-x64", "linuxmusl-x64", "linuxmusl-arm64", "darwin-arm64", "win32-x64"])(
    "is found by the platform's key, %s",
    (platform) => {
      const addon = compatibleAddon();
      const other = broken("the wrong one");
      const prebuilt = { "linux-arm64": other, [platform]: () => addon };
      const result = loadAddon(new Machine({}, { platform, prebuilt }));
      expect(result).toEqual({ addon, path: `prebuilds/${platform}/downhill.node`, attempts: [] });
    },
  );

  it("comes after a development checkout", () => {
    const prebuilt = { "linux-x64": broken("not wanted") };
    const options = { developmentPaths, platform: "linux-x64", prebuilt };
    expect(loadAddon(new Machine({ [first]: compatibleAddon() }, options)).path).toBe(first);
    const other = loadAddon(new Machine({}, { ...options, prebuilt: { "linux-x64": () => compatibleAddon() } }));
    expect(other.path).toBe("prebuilds/linux-x64/downhill.node");
    expect(other.attempts.map(({ path }) => path)).toEqual(developmentPaths);
  });

  it("that a platform does not have is no reason to warn", () => {
    const machine = new Machine({}, { platform: "sunos-x64", prebuilt: { "linux-x64": () => compatibleAddon() } });
    expect(loadAddon(machine)).toEqual({
      addon: undefined,
      path: undefined,
      attempts: [{ path: "prebuilds/sunos-x64/downhill.node", error: "there is no prebuilt binary for this platform" }],
    });
    expect(machine.warnings).toEqual([]);
  });

  /** One warning with a code, that names the file and the reason, and says what can be done. */
  const expectOneWarning = ({ warnings }: Machine, reason: string) => {
    expect(warnings.length).toBe(1);
    const [{ message, code, detail }] = warnings;
    expect(code).toBe("DOWNHILL_NATIVE_LOAD");
    expect(message).toContain("could not load prebuilds/linux-x64/downhill.node and runs on TypeScript");
    expect(message).toContain(reason);
    expect(detail).toContain("build-from-source.mjs");
    expect(detail).toContain("DOWNHILL_BACKEND=typescript");
  };

  it("that is missing gives one warning in an installed package, and none in a checkout", () => {
    const message = "Cannot find module '../../prebuilds/linux-x64/downhill.node'";
    const missing = broken(`${message}\nRequire stack:\n- prebuilt.cjs`);
    for (const isCheckout of [true, false]) {
      const machine = new Machine({}, { platform: "linux-x64", prebuilt: { "linux-x64": missing }, isCheckout });
      const { addon, attempts } = loadAddon(machine);
      expect(addon).toBeUndefined();
      expect(attempts).toEqual([{ path: "prebuilds/linux-x64/downhill.node", error: message }]);
      if (isCheckout) expect(machine.warnings).toEqual([]);
      else expectOneWarning(machine, message);
    }
  });

  it("that is missing is nothing to warn of where a binary was compiled", () => {
    const prebuilt = { "linux-x64": broken("Cannot find module") };
    const machine = new Machine({ [first]: compatibleAddon() }, { developmentPaths, platform: "linux-x64", prebuilt });
    expect(loadAddon(machine).path).toBe(first);
    expect(machine.warnings).toEqual([]);
  });

  it("that is there and cannot be loaded gives one warning, anywhere", () => {
    const reason = "/lib/libc.so.6: version `GLIBC_2.99' not found";
    for (const isCheckout of [true, false]) {
      for (const [load, said] of [
        [broken(`${reason}\n(required by downhill.node)`), reason],
        [() => compatibleAddon({ abi: 0 }), "its ABI number is 0"],
      ] as const) {
        const machine = new Machine({}, { platform: "linux-x64", prebuilt: { "linux-x64": load }, isCheckout });
        expect(loadAddon(machine).addon).toBeUndefined();
        expectOneWarning(machine, said);
      }
    }
  });
});

describe("the table of prebuilt binaries", () => {
  it("names every platform by its key, with a folder of that name", () => {
    const table: LoaderEnvironment["prebuilt"] = createRequire(import.meta.url)("../../src/backend/prebuilt.cjs");
    const platforms = ["linux", "linuxmusl", "darwin", "win32"].flatMap((name) => [`${name}-x64`, `${name}-arm64`]);
    expect(Object.keys(table)).toEqual(platforms);
    for (const platform of platforms) {
      expect(table[platform].toString()).toContain(`require("../../prebuilds/${platform}/downhill.node")`);
    }
  });
});
