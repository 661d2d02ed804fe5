/**
 * Messages of Protocol Buffers, version 3, as far as etcd's API has them: a message is a table of its fields. Source: the encoding guide of
 * protobuf.dev. What has not been set is left out when written, and has its type's zero when read.
 */
import { HostdevError } from '../../../errors.ts';

interface Scalars {
  readonly bytes: Uint8Array;
  readonly string: string;
  readonly int64: bigint;
  readonly uint64: bigint;
  /** An int32 or an enum that is not negative. */
  readonly number: number;
  readonly bool: boolean;
}

export interface Message<In, Out> {
  readonly encode: (value: In) => Uint8Array;
  /** @throws HostdevError `fleet-answer-malformed` */
  readonly decode: (bytes: Uint8Array) => Out;
}

type Type = keyof Scalars | Message<never, unknown>;
type Field = readonly [number: number, type: Type] | readonly [number: number, type: Type, repeated: 'repeated'];
type Fields = Readonly<Record<string, Field>>;

type Written<T> = T extends keyof Scalars ? Scalars[T] : T extends Message<infer In, unknown> ? In : never;
type Read<T> = T extends keyof Scalars ? Scalars[T] : T extends Message<never, infer Out> ? Out : never;
type ReadOne<T> = T extends keyof Scalars ? Scalars[T] : Read<T> | undefined;

type In<F extends Fields> = { readonly [K in keyof F]?: F[K] extends readonly [number, infer T, 'repeated'] ? readonly Written<T>[] : Written<F[K][1]> };
type Out<F extends Fields> = { readonly [K in keyof F]: F[K] extends readonly [number, infer T, 'repeated'] ? readonly Read<T>[] : ReadOne<F[K][1]> };

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH = 2;
const FIXED_32 = 5;

export function message<const F extends Fields>(fields: F): Message<In<F>, Out<F>> {
  const byNumber = new Map(Object.entries(fields).map(([name, field]) => [field[0], { name, type: field[1], repeated: field[2] === 'repeated' }]));
  return {
    encode(value) {
      const parts: Uint8Array[] = [];
      for (const [name, [number, type]] of Object.entries(fields)) {
        const given = value[name] as unknown;
        if (given === undefined) continue;
        for (const each of Array.isArray(given) ? (given as unknown[]) : [given]) encodeField(parts, number, type, each);
      }
      return joined(parts);
    },
    decode(bytes) {
      const found: Record<string, unknown> = {};
      for (const { name, type, repeated } of byNumber.values()) found[name] = repeated ? [] : zeroOf(type);
      const reader = new Reader(bytes);
      while (!reader.atEnd) {
        const { number, wire } = reader.tag();
        const field = byNumber.get(number);
        if (field === undefined) {
          reader.skip(wire);
          continue;
        }
        // A newer etcd may pack numbers that are repeated; no field that is read here is one.
        const value = decodeField(reader, wire, field.type);
        if (field.repeated) (found[field.name] as unknown[]).push(value);
        else found[field.name] = value;
      }
      return found as Out<F>;
    },
  };
}

function encodeField(parts: Uint8Array[], number: number, type: Type, value: unknown): void {
  if (type === 'int64' || type === 'uint64' || type === 'number' || type === 'bool') {
    const written = type === 'bool' ? (value === true ? 1n : 0n) : BigInt(value as bigint | number);
    parts.push(varint(BigInt((number << 3) | VARINT)), varint(written));
    return;
  }
  const bytes = type === 'bytes' ? (value as Uint8Array) : type === 'string' ? new TextEncoder().encode(value as string) : type.encode(value as never);
  parts.push(varint(BigInt((number << 3) | LENGTH)), varint(BigInt(bytes.length)), bytes);
}

function decodeField(reader: Reader, wire: number, type: Type): unknown {
  const numeric = type === 'int64' || type === 'uint64' || type === 'number' || type === 'bool';
  if (wire !== (numeric ? VARINT : LENGTH)) throw malformed('a field is of another type');
  if (!numeric) {
    const bytes = reader.bytes();
    return type === 'bytes' ? bytes : type === 'string' ? new TextDecoder().decode(bytes) : type.decode(bytes);
  }
  const value = reader.varint();
  if (type === 'int64') return BigInt.asIntN(64, value);
  if (type === 'number') return Number(BigInt.asIntN(32, value));
  return type === 'bool' ? value !== 0n : value;
}

const EMPTY = new Uint8Array();

function zeroOf(type: Type): unknown {
  if (typeof type !== 'string') return undefined;
  return { bytes: EMPTY, string: '', int64: 0n, uint64: 0n, number: 0, bool: false }[type];
}

/** A negative number is written as one of 64 bits. */
function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    // Ten bytes have the 64 bits of the longest one.
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) throw malformed('it ends within a number');
      this.#at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw malformed('a number has more than 64 bits');
  }

  tag(): { readonly number: number; readonly wire: number } {
    const tag = this.varint();
    if (tag > 0xffff_ffffn || tag >> 3n === 0n) throw malformed('a field has no number');
    return { number: Number(tag >> 3n), wire: Number(tag & 7n) };
  }

  /** A copy: what is kept of an answer does not keep the answer. */
  bytes(): Uint8Array {
    return this.#take(this.varint()).slice();
  }

  skip(wire: number): void {
    if (wire === VARINT) this.varint();
    else if (wire === LENGTH) this.#take(this.varint());
    else if (wire === FIXED_64) this.#take(8n);
    else if (wire === FIXED_32) this.#take(4n);
    else throw malformed('a field is of no known type');
  }

  #take(length: bigint): Uint8Array {
    const end = BigInt(this.#at) + length;
    if (end > BigInt(this.#bytes.length)) throw malformed('it ends within a field');
    const taken = this.#bytes.subarray(this.#at, Number(end));
    this.#at = Number(end);
    return taken;
  }
}

function malformed(why: string): HostdevError {
  return new HostdevError('fleet-answer-malformed', `an answer of etcd cannot be read: ${why}`, { hint: 'look at what listens at the address' });
}
