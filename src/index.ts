/**
 * downhill: dense neural networks in Node.js, on C++ kernels where they can be loaded and on TypeScript elsewhere.
 *
 * @packageDocumentation
 */
import { registerPlatform } from "./platform.ts";
import { nodePlatform } from "./platform_node.ts";

registerPlatform(nodePlatform);

export * from "./browser.ts";
