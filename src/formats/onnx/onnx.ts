import type { ModelFileFormat } from "../model_format.ts";
import { decodeOnnx } from "./read.ts";
import { encodeOnnx } from "./write.ts";

/** Open Neural Network Exchange: https://github.com/onnx/onnx/blob/main/docs/IR.md */
export const onnx: ModelFileFormat = {
  extensions: [".onnx"],
  encode: (model) => [encodeOnnx(model)],
  decode: decodeOnnx,
};
