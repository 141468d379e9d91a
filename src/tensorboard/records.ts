/// <reference path="./crc32c.d.ts" />
import crc32c from "crc-32/crc32c.js";

const LENGTH_BYTES = 8;
const CRC_BYTES = 4;

/**
 * Frames a message as TFRecord files have them: the length (uint64), its masked CRC-32C, the bytes, their masked CRC-32C, all
 * of it little-endian (TensorFlow, `core/lib/io/record_writer.cc`).
 */
export function tfRecord(message: Uint8Array): Uint8Array {
  const record = new Uint8Array(LENGTH_BYTES + CRC_BYTES + message.length + CRC_BYTES);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(message.length), true);
  view.setUint32(LENGTH_BYTES, maskedCrc(record.subarray(0, LENGTH_BYTES)), true);
  record.set(message, LENGTH_BYTES + CRC_BYTES);
  view.setUint32(record.length - CRC_BYTES, maskedCrc(message), true);
  return record;
}

/** Rotated and shifted, as a CRC over bytes that hold CRCs would be of little use (`core/lib/hash/crc32c.h`). */
function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c.buf(bytes) >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
