// Makes the text of the kernels that `network.toFunction` writes into its modules: those of the TypeScript backend that a
// prediction needs, put together by rollup and shortened by esbuild. So there is one source of every sum and polynomial, and
// the text is there whatever a user's bundler does to the functions themselves.
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { rollup } from "rollup";

const folder = fileURLToPath(new URL("../src/backend/typescript/", import.meta.url));
const ENTRY = "entry";

const entryOf = (dtype) => `
import { gemv } from "${folder}${dtype}/products.ts";
import { leakyRelu, linear, relu, sigmoid, softmax, tanh } from "${folder}${dtype}/activations.ts";
export default { gemv, leakyRelu, linear, relu, sigmoid, softmax, tanh };`;

/** One expression: an object of the kernels. */
async function kernelsText(dtype) {
  const sources = {
    name: "sources",
    resolveId: (id) => (id === ENTRY ? id : null),
    load: (id) => (id === ENTRY ? entryOf(dtype) : null),
    transform: async (text, id) =>
      id === ENTRY ? null : (await transform(text, { loader: "ts", target: "es2023" })).code,
  };
  const bundled = await rollup({ input: ENTRY, plugins: [sources] });
  const { output } = await bundled.generate({ format: "iife", name: "kernels", strict: false });
  const { code } = await transform(output[0].code, { minify: true, target: "es2020" });
  return code.replace(/^var kernels=/, "").replace(/;\s*$/, "");
}

/** The source of `src/formats/standalone_kernels.ts`, not formatted yet. */
export async function standaloneKernels() {
  return `/**
 * The kernels of a prediction under the reproducible arithmetic, as JavaScript: an expression that gives an object of them.
 * Derived from src/backend/typescript/float32 and float64 by \`npm run derive\`; change those instead.
 */
export const KERNELS = {
  float32: ${JSON.stringify(await kernelsText("float32"))},
  float64: ${JSON.stringify(await kernelsText("float64"))},
} as const;
`;
}
