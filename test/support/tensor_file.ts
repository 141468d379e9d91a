/**
 * An independent reader and writer of safetensors, from the description of the format alone: plain JSON and DataView, and no
 * checks.
 */

/** An entry of a header. */
export interface TensorEntry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

export interface PlainTensorFile {
  readonly metadata: Readonly<Record<string, string>>;
  readonly entries: Readonly<Record<string, TensorEntry>>;
  /** Where the first tensor lies. */
  readonly start: number;
  /** As signed numbers, so that −0 is one. */
  values(name: string): number[];
}

export function readTensorFile(bytes: Uint8Array): PlainTensorFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 8 + view.getUint32(0, true);
  const { __metadata__: metadata, ...entries } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
  return {
    metadata,
    entries,
    start,
    values(name) {
      const { dtype, data_offsets } = entries[name] as TensorEntry;
      const [begin, end] = data_offsets;
      const size = dtype === "F64" ? 8 : 4;
      return Array.from({ length: (end - begin) / size }, (_, i) =>
        dtype === "F64" ? view.getFloat64(start + begin + 8 * i, true) : view.getFloat32(start + begin + 4 * i, true),
      );
    },
  };
}

/** A tensor to write: values, or their bits for types of 16 bits. */
export interface PlainTensor {
  readonly dtype: "F64" | "F32" | "F16" | "BF16";
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** Tensors in the order of their keys, behind a header without padding, and metadata if there is any. */
export function writeTensorFile(tensors: Readonly<Record<string, PlainTensor>>, metadata?: object): Uint8Array {
  const header: Record<string, unknown> = metadata ? { __metadata__: metadata } : {};
  const body: number[] = [];
  for (const [name, { dtype, shape, values }] of Object.entries(tensors)) {
    const begin = body.length;
    for (const value of values) body.push(...bytesOf(dtype, value));
    header[name] = { dtype, shape, data_offsets: [begin, body.length] };
  }
  return fileOf(JSON.stringify(header), body);
}

/** A file with any text as its header. */
export function fileOf(header: string, body: readonly number[] = [], length?: bigint): Uint8Array {
  const text = new TextEncoder().encode(header);
  const head = new DataView(new ArrayBuffer(8));
  head.setBigUint64(0, length ?? BigInt(text.length), true);
  return Uint8Array.from([...new Uint8Array(head.buffer), ...text, ...body]);
}

function bytesOf(dtype: PlainTensor["dtype"], value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(dtype === "F64" ? 8 : dtype === "F32" ? 4 : 2));
  if (dtype === "F64") view.setFloat64(0, value, true);
  else if (dtype === "F32") view.setFloat32(0, value, true);
  else view.setUint16(0, value, true);
  return new Uint8Array(view.buffer);
}
