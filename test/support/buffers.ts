/** Buffers in states that a caller's array can be in. */

/** A resizable ArrayBuffer; the library of ES2023 does not know the type yet. */
export type ResizableBuffer = ArrayBuffer & { resize(length: number): void };

export function resizableBuffer(byteLength: number, maxByteLength: number): ResizableBuffer {
  const Constructor = ArrayBuffer as unknown as {
    new (length: number, options: { maxByteLength: number }): ResizableBuffer;
  };
  return new Constructor(byteLength, { maxByteLength });
}

/** Transfers the buffer of a view away, and gives the view that is left without one. */
export function detached<T extends ArrayBufferView>(view: T): T {
  structuredClone(view.buffer, { transfer: [view.buffer as ArrayBuffer] });
  return view;
}
