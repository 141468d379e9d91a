import { DownhillError, describe, isDetached } from "./errors.ts";
import { zeroed } from "./memory.ts";
import type { DType } from "./types.ts";

/** Reading and checking vectors of samples in the forms users have them in. */

type IntegerArray = Int8Array | Uint8Array | Uint8ClampedArray | Int16Array | Uint16Array | Int32Array | Uint32Array;
type NumericArray = IntegerArray | Float32Array | Float64Array;

/**
 * One vector a sample, in one of three forms: an array of vectors of equal length; a flat typed array, one
 * sample after the other; a matrix with a row a sample.
 */
export type SampleVectors =
  | readonly ArrayLike<number>[]
  | NumericArray
  | { readonly rows: number; readonly columns: number; readonly data: NumericArray };

type Floats = Float32Array | Float64Array;
type Stored = Floats | Uint8Array;

interface StorageType<Values> {
  readonly name: string;
  new (length: number): Values;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): Values;
}

/** How values are stored, by the name of the typed array they come in; "" for plain arrays. */
type Storage<Values> = (type: string) => StorageType<Values>;
export const floatStorage: Storage<Floats> = (type) => (type === "Float32Array" ? Float32Array : Float64Array);
export const inputStorage: Storage<Stored> = (type) => (type === "Uint8Array" ? Uint8Array : floatStorage(type));

/** What an error calls the value at an index. */
export type PlaceOf = (index: number, width: number) => string;

/** How the inputs of a data set are called. */
export const placeInDataset: PlaceOf = (index, width) => `inputs[${Math.floor(index / width)}][${index % width}]`;

/** Vectors in one piece of memory, not yet known to be finite. */
export interface Table<Values> {
  readonly name: string;
  /** Undefined when only the number of samples can tell. */
  readonly rows: number | undefined;
  /** (rows, width), row-major. */
  readonly values: Values;
  readonly place: PlaceOf;
}

/**
 * Reads vectors in any of their forms.
 *
 * @param ownership - "copied": into memory that nobody else holds, unless it is shared already; "borrowed": where they
 *   lie if their type allows, for use before the caller regains control
 */
export function readTable<Values extends Stored>(
  given: unknown,
  name: string,
  storage: Storage<Values>,
  ownership: "copied" | "borrowed" = "copied",
): Table<Values> {
  if (Array.isArray(given)) return readRows(given, name, storage);
  if (numericType(given) !== "") return readFlat(given as NumericArray, name, undefined, storage, ownership);
  if (typeof given !== "object" || given === null || !("rows" in given && "columns" in given && "data" in given)) {
    throw dataError(`${name} is ${describe(given)}, expected an array of vectors, a flat typed array or a matrix`);
  }
  const { rows, columns, data } = given;
  if (!isIntegerIn(rows, 1) || !isIntegerIn(columns, 1)) {
    const found = `${describe(rows)} rows and ${describe(columns)} columns`;
    throw shapeError(`${name} has ${found}, expected positive integers`);
  }
  if (numericType(data) === "") throw dataError(`${name}.data is ${describe(data)}, expected a typed array of numbers`);
  const table = readFlat(data as NumericArray, `${name}.data`, rows, storage, ownership);
  if (table.values.length !== rows * columns) {
    throw shapeError(`${name}.data has ${table.values.length} values, expected ${rows} x ${columns}`);
  }
  return table;
}

function readFlat<Values extends Stored>(
  view: NumericArray,
  name: string,
  rows: number | undefined,
  storage: Storage<Values>,
  ownership: "copied" | "borrowed",
): Table<Values> {
  checkVector(view, name);
  const place = (index: number, width: number) =>
    `${name}[${index}] (sample ${Math.floor(index / width)}, value ${index % width})`;
  const Type = storage(numericType(view));
  const asIs = Type.name === numericType(view) && (ownership === "borrowed" || isShared(view.buffer));
  // The explicit length keeps a view of a growable buffer from following it.
  if (asIs) return { name, rows, values: new Type(view.buffer, view.byteOffset, view.length), place };
  const values = zeroed(Type, view.length);
  values.set(view);
  return { name, rows, values, place };
}

function readRows<Values extends Stored>(
  rows: readonly unknown[],
  name: string,
  storage: Storage<Values>,
): Table<Values> {
  if (rows.length === 0) throw shapeError(`${name} is empty, expected at least one sample`);
  const types = new Set<string>();
  let width = 0;
  for (let r = 0; r < rows.length; r++) {
    const row = rows[r];
    checkVector(row, `${name}[${r}]`);
    if (r === 0) width = row.length;
    if (row.length !== width) {
      throw shapeError(`${name}[${r}] has ${row.length} values, expected ${width} as in ${name}[0]`);
    }
    types.add(numericType(row));
  }
  const [type] = types.size === 1 ? types : [""];
  const values = zeroed(storage(type), rows.length * width);
  for (let r = 0; r < rows.length; r++) {
    const row = rows[r] as NumericArray | readonly unknown[];
    if (Array.isArray(row)) copyNumbers(row, values, r * width, `${name}[${r}]`);
    else values.set(row as NumericArray, r * width);
  }
  const place = (index: number) => `${name}[${Math.floor(index / width)}][${index % width}]`;
  return { name, rows: rows.length, values, place };
}

function copyNumbers(row: readonly unknown[], values: Stored, offset: number, name: string): void {
  for (let i = 0; i < row.length; i++) {
    const value = row[i];
    if (typeof value !== "number") throw dataError(`${name}[${i}] is ${describe(value)}, expected a finite number`);
    values[offset + i] = value;
  }
}

export function checkVector(given: unknown, name: string): asserts given is ArrayLike<unknown> {
  if (numericType(given) === "" && !Array.isArray(given)) {
    throw dataError(`${name} is ${describe(given)}, expected an array or a typed array of numbers`);
  }
  const vector = given as NumericArray | readonly unknown[];
  if (vector.length > 0) return;
  if (ArrayBuffer.isView(vector) && isDetached(vector.buffer)) {
    throw dataError(`${name} is ${describe(vector)}, expected values`);
  }
  throw shapeError(`${name} is empty, expected at least one value`);
}

/** Checks that a table has `size` rows of finite values, and gives their width. */
export function checkTable({ name, values, place }: Table<Stored>, size: number): number {
  if (values.length % size !== 0) {
    throw shapeError(`${name} has ${values.length} values, expected a multiple of ${size}, the number of samples`);
  }
  const width = values.length / size;
  if (values instanceof Uint8Array) return width;
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) throw dataError(`${place(i, width)} is ${values[i]}, expected a finite number`);
  }
  return width;
}

/** The name of a typed array that holds numbers, not bigints; "" for everything else. */
function numericType(value: unknown): string {
  const type = ArrayBuffer.isView(value) ? Object.prototype.toString.call(value).slice(8, -1) : "";
  return /^(Int|Uint|Float)\d/.test(type) ? type : "";
}

const sharedLength =
  typeof SharedArrayBuffer === "undefined"
    ? undefined
    : Object.getOwnPropertyDescriptor(SharedArrayBuffer.prototype, "byteLength")?.get;

/** Told by what only shared memory answers to: any buffer may say that this is its name. */
function isShared(buffer: ArrayBufferLike): boolean {
  try {
    return sharedLength?.call(buffer) !== undefined;
  } catch {
    return false;
  }
}

export function isIntegerIn(value: unknown, least: number, most: number = Number.MAX_SAFE_INTEGER): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

export function shapeError(message: string): DownhillError {
  return new DownhillError("ERR_SHAPE", message);
}

export function optionError(message: string): DownhillError {
  return new DownhillError("ERR_OPTION", message);
}

export function dataError(message: string): DownhillError {
  return new DownhillError("ERR_DATA", message);
}

/** Where the first value stands that is infinite in float32, after it is scaled there, or -1. */
export function firstBeyondFloat32(values: Stored, scale = 1): number {
  const factor = Math.fround(scale);
  if (values instanceof Uint8Array || (values instanceof Float32Array && factor <= 1)) return -1;
  return values.findIndex((value) => !Number.isFinite(Math.fround(Math.fround(value) * factor)));
}

/**
 * Inputs for predictions: whole rows of `inputSize` values. Whether they are finite is for the backend to see, which
 * reads them anyway; `inputNotFinite` then says what is wrong.
 *
 * @param ownership - see readTable
 * @param name - what the caller calls them, for errors
 */
export function readInputs(given: unknown, inputSize: number, ownership: "copied" | "borrowed", name = "inputs") {
  const table = readTable(given, name, inputStorage, ownership);
  const size = table.rows ?? table.values.length / inputSize;
  if (!Number.isInteger(size) || table.values.length !== size * inputSize) {
    const found = table.rows === undefined ? `${table.values.length} values` : `rows of ${table.values.length / size}`;
    throw shapeError(`${name} has ${found}, expected rows of ${inputSize}`);
  }
  return { size, inputs: table.values, inputScale: 1, targets: undefined, labels: undefined, table, inputSize };
}

/** What is wrong with inputs that are not all finite in a network's element type. */
export function inputNotFinite({ table, inputSize }: ReturnType<typeof readInputs>, dtype: DType): DownhillError {
  const { values, place } = table;
  const wrong = values.findIndex((value) => !Number.isFinite(dtype === "float32" ? Math.fround(value) : value));
  const expected = Number.isFinite(values[wrong]) ? "a number that float32 can hold" : "a finite number";
  return dataError(`${place(wrong, inputSize)} is ${values[wrong]}, expected ${expected}`);
}
