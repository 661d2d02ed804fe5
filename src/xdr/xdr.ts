/**
 * XDR, the External Data Representation (RFC 4506), as codecs that are put together like the types they stand for. Every
 * length has a maximum, checked before anything is allocated: the bytes may come from anybody.
 */
import { HostdevError } from '../errors.ts';

/** Turns values of one type into bytes and back. */
export interface Codec<T> {
  readonly encode: (writer: XdrWriter, value: T) => void;
  /** @throws {HostdevError} `xdr-malformed`. */
  readonly decode: (reader: XdrReader) => T;
}

/** The value type of a codec. */
export type ValueOf<C> = C extends Codec<infer T> ? T : never;

interface Room {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

const SMALL = 1024;
/** Room that is used again, where it is no larger than this. */
const KEPT = 64 * 1024;

/** The room of the writer that finished last: making room costs more than most messages. */
let spare: Room | undefined;

function newRoom(bytes: number): Room {
  const room = new Uint8Array(bytes);
  return { bytes: room, view: new DataView(room.buffer) };
}

/** Collects bytes; every item takes a multiple of four. */
export class XdrWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor() {
    const { bytes, view } = spare ?? newRoom(SMALL);
    // Whoever begins meanwhile makes room of its own.
    spare = undefined;
    this.#bytes = bytes;
    this.#view = view;
  }

  /** Room for that many bytes; gives where they begin. */
  take(bytes: number): number {
    const at = this.#length;
    this.#length += bytes;
    if (this.#length > this.#bytes.length) {
      const larger = newRoom(Math.max(this.#length, this.#bytes.length * 2));
      larger.bytes.set(this.#bytes.subarray(0, at));
      this.#bytes = larger.bytes;
      this.#view = larger.view;
    }
    return at;
  }

  uint32(value: number): void {
    const at = this.take(4);
    this.#view.setUint32(at, value);
  }

  uint64(value: bigint): void {
    const at = this.take(8);
    this.#view.setBigUint64(at, value);
  }

  float64(value: number): void {
    const at = this.take(8);
    this.#view.setFloat64(at, value);
  }

  /** Bytes, filled up with zeros to a multiple of four. */
  opaque(bytes: Uint8Array): void {
    const at = this.take(padded(bytes.length));
    this.#bytes.set(bytes, at);
    // The room may have been used before.
    this.#bytes.fill(0, at + bytes.length, this.#length);
  }

  /** Writes a number over one that was written before. */
  patchUint32(at: number, value: number): void {
    this.#view.setUint32(at, value);
  }

  /** How many bytes there are by now. */
  get length(): number {
    return this.#length;
  }

  /** The bytes; the writer is of no use afterwards. */
  finish(): Uint8Array {
    const bytes = this.#bytes.slice(0, this.#length);
    if (this.#bytes.length <= KEPT) spare = { bytes: this.#bytes, view: this.#view };
    return bytes;
  }
}

/** Reads bytes from the front; never beyond the end. */
export class XdrReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  #take(bytes: number): number {
    if (bytes > this.remaining) throw malformed(`it ends ${bytes - this.remaining} bytes too early, at byte ${this.#bytes.length}`);
    const at = this.#at;
    this.#at += bytes;
    return at;
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4));
  }

  uint64(): bigint {
    return this.#view.getBigUint64(this.#take(8));
  }

  int64(): bigint {
    return this.#view.getBigInt64(this.#take(8));
  }

  float64(): number {
    return this.#view.getFloat64(this.#take(8));
  }

  opaque(length: number): Uint8Array {
    const at = this.#take(padded(length));
    for (let i = at + length; i < this.#at; i += 1) if (this.#bytes[i] !== 0) throw malformed(`byte ${i} fills up and is not zero`);
    return this.#bytes.subarray(at, at + length);
  }
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

export function malformed(message: string): HostdevError {
  return new HostdevError('xdr-malformed', `the message cannot be read: ${message}`, {
    hint: 'the other side speaks another protocol, or the connection is damaged',
  });
}

/** Bytes of one value. */
export function encodeXdr<T>(codec: Codec<T>, value: T): Uint8Array {
  const writer = new XdrWriter();
  codec.encode(writer, value);
  return writer.finish();
}

/**
 * The value of bytes that hold it and nothing else.
 *
 * @throws {HostdevError} `xdr-malformed`.
 */
export function decodeXdr<T>(codec: Codec<T>, bytes: Uint8Array): T {
  const reader = new XdrReader(bytes);
  const value = codec.decode(reader);
  if (reader.remaining > 0) throw malformed(`${reader.remaining} bytes are left over`);
  return value;
}
