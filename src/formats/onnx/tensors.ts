import { describe } from "../../errors.ts";
import { zeroed } from "../../memory.ts";
import { bfloat16, float16 } from "../half.ts";
import { ElementType, type TensorMessage } from "./messages.ts";

/** A constant of numbers, row-major. */
export interface Tensor {
  readonly dims: readonly number[];
  readonly values: Float64Array;
  readonly isDouble: boolean;
}

/** Reads a number of `bytes` bytes where it lies, and one of the list that holds it otherwise. */
interface Encoding {
  readonly bytes: number;
  readonly fromRaw: (view: DataView, at: number) => number;
  readonly list: "floats" | "doubles" | "int32s" | "int64s";
  readonly fromList: (number: number) => number;
}

const itself = (number: number) => number;

const ENCODINGS: ReadonlyMap<number, Encoding> = new Map<number, Encoding>([
  [ElementType.float, { bytes: 4, fromRaw: (view, at) => view.getFloat32(at, true), list: "floats", fromList: itself }],
  [
    ElementType.double,
    { bytes: 8, fromRaw: (view, at) => view.getFloat64(at, true), list: "doubles", fromList: itself },
  ],
  [
    ElementType.float16,
    { bytes: 2, fromRaw: (view, at) => float16(view.getUint16(at, true)), list: "int32s", fromList: float16 },
  ],
  [
    ElementType.bfloat16,
    { bytes: 2, fromRaw: (view, at) => bfloat16(view.getUint16(at, true)), list: "int32s", fromList: bfloat16 },
  ],
  [ElementType.int32, { bytes: 4, fromRaw: (view, at) => view.getInt32(at, true), list: "int32s", fromList: itself }],
  [
    ElementType.int64,
    { bytes: 8, fromRaw: (view, at) => Number(view.getBigInt64(at, true)), list: "int64s", fromList: itself },
  ],
  [ElementType.bool, { bytes: 1, fromRaw: (view, at) => view.getUint8(at), list: "int32s", fromList: itself }],
]);

/** @throws Error for what is no tensor of numbers, or lies in another file */
export function numbersOf(message: TensorMessage): Tensor {
  const { name, dims, type, raw, isExternal } = message;
  const what = `tensor ${describe(name)}`;
  if (isExternal) throw new Error(`${what} lies in another file, expected all of them in this one`);
  const encoding = ENCODINGS.get(type);
  if (!encoding) throw new Error(`${what} has elements of type ${type}, expected one of ${names()}`);
  const { bytes, fromRaw, list, fromList } = encoding;
  const found = raw ? raw.length / bytes : message[list].length;
  const size = sizeOf(dims);
  if (size !== found) throw new Error(`${what} of shape [${dims.join(", ")}] has ${found} numbers, expected ${size}`);
  const values = zeroed(Float64Array, size);
  if (raw) {
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    for (let i = 0; i < size; i++) values[i] = fromRaw(view, i * bytes);
  } else {
    for (let i = 0; i < size; i++) values[i] = fromList(message[list][i]);
  }
  return { dims, values, isDouble: type === ElementType.double };
}

/** How many numbers a shape has; NaN for one with a dimension below 0. */
function sizeOf(dims: readonly number[]): number {
  return dims.reduce((size, dim) => (dim < 0 ? Number.NaN : size * dim), 1);
}

function names(): string {
  const numbers = Object.entries(ElementType).filter(([, type]) => ENCODINGS.has(type));
  return numbers.map(([name, type]) => `${name} (${type})`).join(", ");
}
