import { PbfReader } from "pbf";

// How Protocol Buffers encode a field: https://protobuf.dev/programming-guides/encoding
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** An empty message of two bytes becomes an object of some hundred: so many are enough for 256 layers many times over. */
const MOST_MESSAGES = 100_000;
/** In all lists together: they are plain arrays of 8 bytes a number, and V8 ends the process where one outgrows 2^27. */
const MOST_NUMBERS = 2 ** 26;
/** In one list: an empty one takes two bytes of the file. */
const MOST_TEXTS = 2 ** 20;

/** What all messages of a file come to. */
interface Counted {
  messages: number;
  /** In lists. */
  numbers: number;
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Goes through the fields of a message. What the library beneath does not look at is checked here: that nothing ends behind
 * the message, that a field is encoded as it is asked for, and that a few bytes do not become many objects.
 */
export class MessageReader {
  readonly #reader: PbfReader;
  readonly #name: string;
  readonly #counted: Counted;
  #field = 0;

  /** @param name - of the message in errors */
  constructor(bytes: Uint8Array, name: string, counted: Counted = { messages: 0, numbers: 0 }) {
    if (++counted.messages > MOST_MESSAGES) {
      throw new Error(`it consists of more than ${MOST_MESSAGES} messages, which no multilayer perceptron does`);
    }
    this.#reader = new PbfReader(bytes);
    this.#name = name;
    this.#counted = counted;
  }

  /** The number of the next field, or 0 at the end. What was not read of the one before is skipped. */
  next(): number {
    const number = this.#read(() => this.#reader.nextField());
    if (number === 0 && this.#reader.pos < this.#reader.length) throw this.#failure("has the number 0");
    this.#field = number;
    return number;
  }

  integer(): number {
    this.#expect(VARINT);
    return this.#integer();
  }

  /** Integers, packed or a field each, are added to a list of at most `most`. */
  integers(list: number[], most = MOST_NUMBERS): void {
    if (this.#reader.type !== BYTES) {
      this.#add(list, this.integer());
    } else {
      const end = this.#packedEnd();
      while (this.#reader.pos < end && list.length <= most) this.#add(list, this.#integer());
      if (this.#reader.pos > end) throw this.#failure("ends in the middle of a number");
    }
    if (list.length > most) throw this.#failure(`has more than ${most} numbers`);
  }

  /** A float, as `f` of AttributeProto. */
  float(): number {
    this.#expect(FIXED32);
    return this.#read(() => this.#reader.readFloat());
  }

  /** Floats, packed or a field each, are added to a list. */
  floats(list: number[]): void {
    this.#fixedNumbers(list, FIXED32, () => this.#reader.readFloat());
  }

  /** Doubles, packed or a field each, are added to a list. */
  doubles(list: number[]): void {
    this.#fixedNumbers(list, FIXED64, () => this.#reader.readDouble());
  }

  /** In the memory of the message. */
  bytes(): Uint8Array {
    this.#expect(BYTES);
    return this.#read(() => this.#reader.readBytes());
  }

  text(): string {
    const bytes = this.bytes();
    try {
      return UTF8.decode(bytes);
    } catch {
      throw this.#failure("is no text in UTF-8");
    }
  }

  /** A text is added to a list of those of its field. */
  texts(list: string[]): void {
    list.push(this.text());
    if (list.length > MOST_TEXTS) throw this.#failure(`is there more than ${MOST_TEXTS} times`);
  }

  message(name: string): MessageReader {
    return new MessageReader(this.bytes(), name, this.#counted);
  }

  #fixedNumbers(list: number[], single: number, read: () => number): void {
    if (this.#reader.type !== BYTES) {
      this.#expect(single);
      this.#add(list, this.#read(read));
    } else {
      const end = this.#packedEnd();
      while (this.#reader.pos < end) this.#add(list, this.#read(read));
      if (this.#reader.pos > end) throw this.#failure("ends in the middle of a number");
    }
  }

  #packedEnd(): number {
    return this.#read(() => {
      const end = this.#reader.readPackedEnd();
      if (end > this.#reader.length) throw new RangeError();
      return end;
    });
  }

  #integer(): number {
    const value = this.#read(() => this.#reader.readVarint(true));
    if (Number.isSafeInteger(value)) return value;
    throw this.#failure(`is ${value}, expected an integer of at most 53 bits`);
  }

  #expect(type: number): void {
    if (this.#reader.type === type) return;
    throw this.#failure(`has wire type ${this.#reader.type}, expected ${type}`);
  }

  #add(list: number[], number: number): void {
    if (++this.#counted.numbers > MOST_NUMBERS) {
      throw new Error(`it has more than ${MOST_NUMBERS} numbers in lists, expected raw bytes for so many`);
    }
    list.push(number);
  }

  /** Reads what has to end within the message. The library throws errors of its own, or goes on behind the end. */
  #read<T>(read: () => T): T {
    try {
      const value = read();
      if (this.#reader.pos <= this.#reader.length) return value;
    } catch {}
    throw this.#failure("goes on behind the end, or is damaged");
  }

  #failure(what: string): Error {
    const field = this.#field === 0 ? "a field" : `field ${this.#field}`;
    return new Error(`${field} of ${this.#name} ${what}`);
  }
}
