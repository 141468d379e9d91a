import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { KERNEL_LIST } from "../../src/backend/kernel_list.ts";

it("the tests in C++ hold the kernels to the tolerances of the list", () => {
  const source = readFileSync(new URL("../native/tolerances.h", import.meta.url), "utf8");
  const inCpp = [...source.matchAll(/\{"(\w+)", (\d+)\},/g)].map(([, name, epsilons]) => [name, Number(epsilons)]);
  expect(inCpp).toEqual(KERNEL_LIST.map(({ name, tolerance }) => [name, tolerance.epsilons]));
});
