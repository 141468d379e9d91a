import { resolve } from "node:path";
import { expect } from "vitest";
import { backendInfo } from "../../src/index.ts";

// Fails every file of a project whose backend is not the one the project is named after.
const { backend, isa, reason } = backendInfo();
expect(backend).toBe(process.env.DOWNHILL_BACKEND);
const { DOWNHILL_NATIVE_PATH: path } = process.env;
if (backend === "native" && path) expect(reason).toBe(`loaded ${resolve(path)}`);
if (backend === "native" && process.env.DOWNHILL_ISA) expect(isa).toBe(process.env.DOWNHILL_ISA);
