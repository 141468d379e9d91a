/** The stable codes of every error this package throws on purpose. */
export type ErrorCode =
  | "ERR_SHAPE"
  | "ERR_OPTION"
  | "ERR_DATA"
  | "ERR_BUSY"
  | "ERR_DIVERGED"
  | "ERR_BACKEND_UNAVAILABLE"
  | "ERR_FORMAT"
  | "ERR_CHECKPOINT";

/**
 * Every error that downhill throws on purpose. `code` is stable and meant for programs; the message is
 * meant for people and says what was given, what was expected and where.
 *
 * - `ERR_SHAPE`: a length, a row count or a column count does not fit.
 * - `ERR_OPTION`: an option, or a combination of options, is unknown or out of range.
 * - `ERR_DATA`: a value in the data is missing, not finite or not a valid label; a file does not hold what it should.
 * - `ERR_BUSY`: the network is being trained and cannot be changed meanwhile.
 * - `ERR_DIVERGED`: training produced a value that is not finite.
 * - `ERR_BACKEND_UNAVAILABLE`: the backend that was asked for cannot be loaded.
 * - `ERR_FORMAT`: a saved network is damaged or of an unknown kind.
 * - `ERR_CHECKPOINT`: a checkpoint cannot be written or read, is damaged, or belongs to another training.
 */
export class DownhillError extends Error {
  override readonly name = "DownhillError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Says in a few words what a value is, for "expected …, got …" messages. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === "function") return "a function";
  if (typeof value === "bigint") return `${value}n`;
  if (Array.isArray(value)) return `an array of length ${value.length}`;
  if (ArrayBuffer.isView(value)) return describeView(value);
  if (typeof value === "object") {
    const name = Object.getPrototypeOf(value)?.constructor?.name;
    return name && name !== "Object" ? `an instance of ${name}` : "an object";
  }
  return Object.is(value, -0) ? "-0" : String(value);
}

/** The message of what was caught. */
export function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** A typed array in words; one whose buffer was transferred away has length 0, which would puzzle without the reason. */
function describeView(view: ArrayBufferView): string {
  const name = view.constructor.name;
  if (isDetached(view.buffer)) return `a ${name} whose buffer is detached`;
  return "length" in view ? `a ${name} of length ${view.length}` : `a ${name}`;
}

/** Whether a buffer was transferred away. `ArrayBuffer.prototype.detached` is not in Node 20. */
export function isDetached(buffer: ArrayBufferLike): boolean {
  if (buffer.byteLength !== 0) return false;
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}
