/** Calls of a binary with what they leave in every array, for test/support/musl_host.c to make again. */

type Recordable = number | undefined | ArrayBufferView | { readonly [name: string]: Recordable };

/** Numbers of `napi_typedarray_type`. */
const ELEMENTS: Readonly<Record<string, number>> = {
  Uint8Array: 1,
  Int32Array: 5,
  Uint32Array: 6,
  Float32Array: 7,
  Float64Array: 8,
};

export class Recording {
  readonly #calls: Buffer[] = [];

  /** Makes a call, and waits for it. */
  async call(name: string, run: (...values: never[]) => unknown, ...values: Recordable[]): Promise<void> {
    const before = structuredClone(values);
    await run(...(values as never[]));
    const written = values.flatMap((value, i) => encode(before[i], value));
    this.#calls.push(Buffer.concat([text(name), word(values.length), ...written]));
  }

  get calls(): number {
    return this.#calls.length;
  }

  get bytes(): Buffer {
    return Buffer.concat([word(this.#calls.length), ...this.#calls]);
  }
}

function encode(before: Recordable, after: Recordable): Buffer[] {
  if (before === undefined) return [word(0)];
  if (typeof before === "number") return [word(1), Buffer.from(Float64Array.of(before).buffer)];
  if (ArrayBuffer.isView(before)) {
    const type = ELEMENTS[before.constructor.name];
    const { length } = before as Uint8Array;
    const contents = [before, after as ArrayBufferView].map((view) => padded(bytesOf(view)));
    return [word(2), word(type), word(length), word(before.byteLength), ...contents];
  }
  const fields = Object.entries(before).flatMap(([name, value]) => [
    text(name),
    ...encode(value, (after as Record<string, Recordable>)[name]),
  ]);
  return [word(3), word(Object.keys(before).length), ...fields];
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function word(value: number): Buffer {
  return Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
}

/** Ends with a zero. */
function text(value: string): Buffer {
  const bytes = Buffer.from(`${value}\0`);
  return Buffer.concat([word(bytes.length), padded(bytes)]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 7)]);
}
