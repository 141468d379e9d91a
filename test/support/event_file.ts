// A reader of TensorBoard's event files that shares nothing with the writer: the framing from TensorFlow's
// `record_writer.cc`, the wire format from https://protobuf.dev/programming-guides/encoding, field numbers from
// TensorBoard's `event.proto`, `summary.proto` and `histogram.proto`.

/** What a test looks at of an event. */
export interface BoardEvent {
  readonly wallTime: number;
  readonly step: number;
  readonly fileVersion: string | undefined;
  readonly sessionStatus: number | undefined;
  readonly scalars: Readonly<Record<string, number>>;
  readonly histograms: Readonly<Record<string, BoardHistogram>>;
}

export interface BoardHistogram {
  readonly min: number;
  readonly max: number;
  readonly count: number;
  readonly sum: number;
  readonly sumSquares: number;
  readonly limits: readonly number[];
  readonly buckets: readonly number[];
}

/** Reads a whole file; throws where a length does not fit or a checksum is wrong. */
export function eventsOf(bytes: Uint8Array): BoardEvent[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const events: BoardEvent[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(view.getBigUint64(at, true));
    assertCrc(bytes.subarray(at, at + 8), view.getUint32(at + 8, true));
    const message = bytes.subarray(at + 12, at + 12 + length);
    if (message.length !== length) throw new Error(`a record of ${length} bytes ends after ${message.length}`);
    assertCrc(message, view.getUint32(at + 12 + length, true));
    events.push(eventOf(message));
    at += length + 16;
  }
  return events;
}

function assertCrc(bytes: Uint8Array, masked: number): void {
  const rotated = (masked - 0xa282ead8) >>> 0;
  const stored = ((rotated >>> 17) | (rotated << 15)) >>> 0;
  if (crc32c(bytes) !== stored) throw new Error(`CRC ${crc32c(bytes)}, but ${stored} is stored`);
}

/** Bit by bit, after RFC 3720, appendix B.4: the polynomial 0x1EDC6F41, reflected. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

/** A varint as it is, anything else as its bytes. */
type Field = { readonly number: number; readonly varint: number; readonly bytes: Uint8Array };

function fieldsOf(message: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) throw new Error("a varint goes on behind its message");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(value);
    }
  };
  while (at < message.length) {
    const key = varint();
    const type = key & 7;
    if (type === 0) {
      fields.push({ number: key >>> 3, varint: varint(), bytes: new Uint8Array() });
      continue;
    }
    const length = { 1: 8, 2: -1, 5: 4 }[type];
    if (length === undefined) throw new Error(`there is no wire type ${type}`);
    const size = length < 0 ? varint() : length;
    const bytes = message.subarray(at, at + size);
    if (bytes.length !== size) throw new Error("a field goes on behind its message");
    fields.push({ number: key >>> 3, varint: Number.NaN, bytes });
    at += size;
  }
  return fields;
}

const viewOf = ({ bytes }: Field) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const doubleOf = (field: Field) => viewOf(field).getFloat64(0, true);
const textOf = ({ bytes }: Field) => new TextDecoder().decode(bytes);

function eventOf(message: Uint8Array): BoardEvent {
  const fields = fieldsOf(message);
  const find = (number: number) => fields.find((field) => field.number === number);
  const wallTime = find(1);
  const version = find(3);
  const session = find(7);
  const scalars: Record<string, number> = {};
  const histograms: Record<string, BoardHistogram> = {};
  for (const value of fields.filter(({ number }) => number === 5).flatMap(({ bytes }) => fieldsOf(bytes))) {
    const parts = fieldsOf(value.bytes);
    const tag = parts.find(({ number }) => number === 1);
    for (const part of parts) {
      if (part.number === 2) scalars[tag ? textOf(tag) : ""] = viewOf(part).getFloat32(0, true);
      if (part.number === 5) histograms[tag ? textOf(tag) : ""] = histogramOf(part.bytes);
    }
  }
  return {
    wallTime: wallTime ? doubleOf(wallTime) : Number.NaN,
    step: find(2)?.varint ?? 0,
    fileVersion: version && textOf(version),
    sessionStatus: session && fieldsOf(session.bytes).find(({ number }) => number === 1)?.varint,
    scalars,
    histograms,
  };
}

function histogramOf(message: Uint8Array): BoardHistogram {
  const fields = fieldsOf(message);
  const find = (number: number): Field => {
    const field = fields.find((candidate) => candidate.number === number);
    if (!field) throw new Error(`a histogram has no field ${number}`);
    return field;
  };
  const [min, max, count, sum, sumSquares] = [1, 2, 3, 4, 5].map((number) => doubleOf(find(number)));
  const packed = (number: number) => {
    const view = viewOf(find(number));
    return Array.from({ length: view.byteLength / 8 }, (_, i) => view.getFloat64(8 * i, true));
  };
  return { min, max, count, sum, sumSquares, limits: packed(6), buckets: packed(7) };
}
