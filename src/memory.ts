import { DownhillError } from "./errors.ts";

/** A typed array's constructor. */
interface ArrayType<Values> {
  readonly name: string;
  new (length: number): Values;
}

/**
 * A zeroed typed array, for what grows with a network or with its data.
 *
 * @throws DownhillError `ERR_SHAPE` when there is no memory for it: the engine's own error says nothing of how much it was
 */
export function zeroed<Values>(Type: ArrayType<Values>, length: number): Values {
  try {
    return new Type(length);
  } catch (cause) {
    throw new DownhillError("ERR_SHAPE", `there is no memory for a ${Type.name} of length ${length}`, { cause });
  }
}
