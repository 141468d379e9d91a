import { expect } from "vitest";
import { backendInfo } from "../../src/index.ts";

// Fails every file of a project whose backend is not the one the project is named after.
const { backend, isa } = backendInfo();
expect(backend).toBe(process.env.DOWNHILL_BACKEND);
if (backend === "native" && process.env.DOWNHILL_ISA) expect(isa).toBe(process.env.DOWNHILL_ISA);
