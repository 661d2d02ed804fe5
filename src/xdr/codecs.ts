/** The types of RFC 4506. */
import { type Codec, malformed, type ValueOf, type XdrReader, type XdrWriter } from './xdr.ts';

const range = (value: number, min: number, max: number): number => {
  if (!Number.isInteger(value) || value < min || value > max) throw new RangeError(`${value} is not an integer from ${min} to ${max}`);
  return value;
};

/** 32 bits, signed. */
export const int: Codec<number> = {
  encode: (writer, value) => writer.uint32(range(value, -0x8000_0000, 0x7fff_ffff) >>> 0),
  decode: (reader) => reader.int32(),
};

/** 32 bits, unsigned. */
export const uint: Codec<number> = {
  encode: (writer, value) => writer.uint32(range(value, 0, 0xffff_ffff)),
  decode: (reader) => reader.uint32(),
};

/** 64 bits, signed. */
export const hyper: Codec<bigint> = {
  encode: (writer, value) => {
    if (BigInt.asIntN(64, value) !== value) throw new RangeError(`${value} does not fit 64 bits`);
    writer.uint64(BigInt.asUintN(64, value));
  },
  decode: (reader) => reader.int64(),
};

/** 64 bits, unsigned. */
export const uhyper: Codec<bigint> = {
  encode: (writer, value) => {
    if (BigInt.asUintN(64, value) !== value) throw new RangeError(`${value} does not fit 64 bits without sign`);
    writer.uint64(value);
  },
  decode: (reader) => reader.uint64(),
};

/** IEEE 754, 64 bits. */
export const double: Codec<number> = {
  encode: (writer, value) => writer.float64(value),
  decode: (reader) => reader.float64(),
};

export const bool: Codec<boolean> = {
  encode: (writer, value) => writer.uint32(value ? 1 : 0),
  decode: (reader) => {
    const value = reader.uint32();
    if (value > 1) throw malformed(`${value} is neither true nor false`);
    return value === 1;
  },
};

/** No bytes at all: procedures without arguments or without results. */
export const nothing: Codec<undefined> = { encode: () => undefined, decode: () => undefined };

/** Exactly that many bytes. */
export function fixedOpaque(length: number): Codec<Uint8Array> {
  return {
    encode: (writer, value) => {
      if (value.length !== length) throw new RangeError(`${value.length} bytes instead of ${length}`);
      writer.opaque(value);
    },
    decode: (reader) => reader.opaque(length).slice(),
  };
}

/** At most `max` bytes, with their number in front. */
export function opaque(max: number): Codec<Uint8Array> {
  return {
    encode: (writer, value) => {
      writer.uint32(range(value.length, 0, max));
      writer.opaque(value);
    },
    decode: (reader) => reader.opaque(lengthOf(reader, max, 'bytes')).slice(),
  };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** Text of at most `max` bytes, in UTF-8 as libvirt has it. */
export function string(max: number): Codec<string> {
  return {
    encode: (writer, value) => {
      const bytes = encoder.encode(value);
      writer.uint32(range(bytes.length, 0, max));
      writer.opaque(bytes);
    },
    decode: (reader) => {
      const bytes = reader.opaque(lengthOf(reader, max, 'bytes'));
      try {
        return decoder.decode(bytes);
      } catch {
        throw malformed('a text is not UTF-8');
      }
    },
  };
}

/** At most `max` items. */
export function array<T>(item: Codec<T>, max: number): Codec<readonly T[]> {
  return {
    encode: (writer, values) => {
      writer.uint32(range(values.length, 0, max));
      for (const value of values) item.encode(writer, value);
    },
    // Grown item by item: a length alone must not make us allocate.
    decode: (reader) => {
      const length = lengthOf(reader, max, 'items');
      const values: T[] = [];
      for (let i = 0; i < length; i += 1) values.push(item.decode(reader));
      return values;
    },
  };
}

/** There or not: XDR's pointer. */
export function optional<T>(item: Codec<T>): Codec<T | undefined> {
  return {
    encode: (writer, value) => {
      bool.encode(writer, value !== undefined);
      if (value !== undefined) item.encode(writer, value);
    },
    decode: (reader) => (bool.decode(reader) ? item.decode(reader) : undefined),
  };
}

/** A codec of whatever type. */
interface AnyCodec {
  readonly encode: (writer: XdrWriter, value: never) => void;
  readonly decode: (reader: XdrReader) => unknown;
}

/** Fields one after the other, in the order in which they are given. */
export function struct<F extends Readonly<Record<string, AnyCodec>>>(fields: F): Codec<{ readonly [K in keyof F]: ValueOf<F[K]> }> {
  const entries = Object.entries(fields);
  return {
    encode: (writer, value) => {
      for (const [name, codec] of entries) codec.encode(writer, value[name] as never);
    },
    decode: (reader) => Object.fromEntries(entries.map(([name, codec]) => [name, codec.decode(reader)])) as never,
  };
}

function lengthOf(reader: XdrReader, max: number, what: string): number {
  const length = reader.uint32();
  if (length > max) throw malformed(`${length} ${what} where at most ${max} can be`);
  return length;
}
